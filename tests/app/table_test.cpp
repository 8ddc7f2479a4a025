#include "app/table.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a pipe gets fields between tabs and no heading") {
  std::ostringstream out;
  Table table({"id", "severity"}, out, false);
  table.add({"1", "info"});
  table.add({"1000", "suspicious"});
  table.flush();
  CHECK(out.str() == "1\tinfo\n1000\tsuspicious\n");
}

TEST_CASE("a terminal gets aligned columns below a heading in bold, without blanks at the end") {
  std::ostringstream out;
  Table table({"id", "severity", "issuer"}, out, true);
  table.add({"1", "suspicious", "x"});
  table.add({"1000", "info", "An Issuer"});
  table.flush();
  CHECK(out.str() ==
        "\x1b[1mid    severity    issuer\n\x1b[0m"
        "1     suspicious  x\n"
        "1000  info        An Issuer\n");
}

TEST_CASE("what is emphasized is red on a terminal, and only there") {
  const bool is_terminal = GENERATE(true, false);
  std::ostringstream out;
  Table table({"id", "severity", "issuer"}, out, is_terminal);
  table.emphasize("suspicious");
  table.add({"1", "suspicious", "x"});
  table.add({"2", "info", "not suspicious"});
  table.flush();
  CHECK(out.str() == (is_terminal ? "\x1b[1mid  severity    issuer\n\x1b[0m"
                                    "1   \x1b[31msuspicious\x1b[0m  x\n"
                                    "2   info        not suspicious\n"
                                  : "1\tsuspicious\tx\n2\tinfo\tnot suspicious\n"));
}

TEST_CASE("a time is written as a calendar has it") {
  CHECK(utc(0) == "1970-01-01T00:00:00Z");
  CHECK(utc(1'779'148'800) == "2026-05-19T00:00:00Z");
  CHECK(utc(-1) == "1969-12-31T23:59:59Z");
  CHECK(utc(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
}

TEST_CASE("a list is written as people read it") {
  CHECK(listed(std::vector<std::string>{}).empty());
  CHECK(listed({std::string("a.example")}) == "a.example");
  CHECK(listed({std::string("a.example"), std::string("b.example")}) == "a.example, b.example");
}

TEST_CASE("a JSON array is listed as people read it") {
  CHECK(listed_array(R"(["a.example"])") == "a.example");
  CHECK(listed_array(R"(["a.example","b.example"])") == "a.example, b.example");
  CHECK(listed_array(R"(["a.example", "b.example", "c"])") == "a.example, b.example, c");
  CHECK(listed_array(R"(["a\",\"b","c"])") == R"(a\",\"b, c)");
  CHECK(listed_array("[]").empty());
  CHECK(listed_array("").empty());
  CHECK(listed_array("null").empty());
  CHECK(listed_array(R"(["])").empty());
  CHECK(listed_array(R"([""])").empty());
}

TEST_CASE("the heading comes once, also where there are no rows") {
  std::ostringstream out;
  Table table({"id"}, out, true);
  table.flush();
  CHECK(out.str() == "\x1b[1mid\n\x1b[0m");
  table.add({"1"});
  table.flush();
  table.flush();
  CHECK(out.str() == "\x1b[1mid\n\x1b[0m1\n");
}

TEST_CASE("rows are written when they are flushed, once") {
  std::ostringstream out;
  Table table({"id"}, out, false);
  table.add({"1"});
  CHECK(out.str().empty());
  table.flush();
  table.add({"2"});
  table.flush();
  CHECK(out.str() == "1\n2\n");
}

TEST_CASE("an empty field is a dash, so that no column is lost") {
  std::ostringstream out;
  Table table({"a", "b", "c"}, out, false);
  table.add({"", "x", ""});
  table.flush();
  CHECK(out.str() == "-\tx\t-\n");
}

TEST_CASE("a hostile cell moves neither the cursor nor the columns, and ends") {
  std::ostringstream out;
  Table table({"a", "b"}, out, GENERATE(false, true));
  table.add({"\x1b[2J\tx\ny\r", std::string(100'000, 'z')});
  table.flush();
  std::string text = out.str();
  text.erase(0, text.rfind("\x1b[0m") == std::string::npos ? 0 : text.rfind("\x1b[0m") + 4);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(std::count(text.begin(), text.end(), '\t') <= 1);
  CHECK(text.size() < 300);
}

}  // namespace
}  // namespace certwatch
