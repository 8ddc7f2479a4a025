#include "classify/serial.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

TEST_CASE("serials compare equal however servers and inventories write them") {
  for (const char* spelling :
       {"0123AB", "123ab", "123AB", "01:23:AB", "01 23 ab", "0x0123AB", "0X123ab", "000000123ab",
        "01-23-AB", "0x00:01:23:ab", "\t01:23:ab\n"}) {
    INFO(spelling);
    CHECK(comparable_serial(spelling) == "123ab");
  }
}

TEST_CASE("zero is a serial, nothing is none") {
  CHECK(comparable_serial("0") == "0");
  CHECK(comparable_serial("00:00") == "0");
  CHECK(comparable_serial("0x0") == "0");
  CHECK(comparable_serial("").empty());
  CHECK(comparable_serial("  ").empty());
}

TEST_CASE("what is not hexadecimal stays as it is") {
  CHECK(comparable_serial("-1G") == "-1G");
  CHECK(comparable_serial(" Serial 7 ") == "Serial 7");
  CHECK(comparable_serial("0x") == "0x");
  CHECK(comparable_serial(":") == ":");
  CHECK(comparable_serial("12\0"s) == "12\uFFFD");
}

TEST_CASE("a serial of any length is bounded and keeps apart from others") {
  const std::string longest(longest_comparable_serial, '1');
  CHECK(comparable_serial(longest) == longest);
  CHECK(comparable_serial("0000" + longest) == longest);
  const std::string longer = comparable_serial(longest + "1");
  CHECK(longer.size() == 7 + 64);
  CHECK(longer.starts_with("sha256:"));
  CHECK(comparable_serial(std::string(1 << 20, 'f')) != longer);
  CHECK(comparable_serial(std::string(1 << 20, 'z')).size() == longer.size());
}

}  // namespace
}  // namespace certwatch
