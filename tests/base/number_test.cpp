#include "base/number.h"

#include <limits>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a whole text is a number, or it is none") {
  CHECK(parse_number<int>("0") == 0);
  CHECK(parse_number<int>("-17") == -17);
  CHECK(parse_number<std::int64_t>("9223372036854775807") == 9223372036854775807);
  CHECK(parse_number<std::uint16_t>("65535") == 65535);
  for (const char* text :
       {"", " ", "+1", " 1", "1 ", "1x", "x", "0x10", "1.0", "--1", "2147483648"}) {
    INFO(text);
    CHECK_FALSE(parse_number<int>(text));
  }
  CHECK_FALSE(parse_number<std::uint16_t>("65536"));
  CHECK_FALSE(parse_number<std::uint16_t>("-1"));
}

TEST_CASE("a fraction is a number; what is not finite is none") {
  CHECK(parse_number<double>("0.5") == 0.5);
  CHECK(parse_number<double>("1e3") == 1000);
  CHECK(parse_number<double>("-0.25") == -0.25);
  for (const char* text : {"", "inf", "-inf", "INF", "infinity", "nan", "NaN", "nan(1)", "1e999",
                           "1,5", "1.5s", "+1.5", " 1.5", "."}) {
    INFO(text);
    CHECK_FALSE(parse_number<double>(text));
  }
}

TEST_CASE("seconds are cut towards zero; what no database holds is none") {
  CHECK(whole_seconds(0) == 0);
  CHECK(whole_seconds(1717500000.999) == 1717500000);
  CHECK(whole_seconds(-1.5) == -1);
  CHECK(whole_seconds(9.0e18) == 9'000'000'000'000'000'000);
  CHECK(whole_seconds(-9.0e18) == -9'000'000'000'000'000'000);
  for (const double time :
       {9.1e18, -9.1e18, 1e300, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    INFO(time);
    CHECK_FALSE(whole_seconds(time));
  }
}

}  // namespace
}  // namespace certwatch
