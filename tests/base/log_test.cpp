#include "base/log.h"

#include <limits>
#include <tuple>

#include "support/captured_stderr.h"
#include "support/catch.h"

namespace certwatch::log {
namespace {

using namespace std::string_literals;

// The line of one event, without the time in front and the newline at its end.
std::string line_of(Format format, std::string_view what, Fields fields) {
  CapturedStderr captured;
  configure(Level::debug, format);
  event(Level::warning, what, fields);
  const std::string text = captured.text();
  REQUIRE(text.ends_with('\n'));
  REQUIRE(text.find('\n') == text.size() - 1);
  const std::size_t time = format == Format::text ? 25 : 35;
  REQUIRE(text.size() > time);
  return text.substr(time, text.size() - time - 1);
}

TEST_CASE("an event in text is its sentence and its values") {
  CHECK(line_of(Format::text, "feed lost", {{"feed", "a:1"}, {"tries", 3}, {"delay", 0.5}}) ==
        "warning feed lost feed=a:1 tries=3 delay=0.5");
  CHECK(line_of(Format::text, "nothing more", {}) == "warning nothing more");
}

TEST_CASE("an event in JSON is an object") {
  CHECK(line_of(Format::json, "feed lost", {{"feed", "a:1"}, {"tries", 3}, {"delay", 0.5}}) ==
        R"("level":"warning","event":"feed lost","feed":"a:1","tries":3,"delay":0.5})");
  CHECK(line_of(Format::json, "odd number", {{"n", std::numeric_limits<double>::quiet_NaN()}}) ==
        R"("level":"warning","event":"odd number","n":null})");
}

TEST_CASE("a hostile value stays in its place, on its line") {
  const std::string hostile = "x\n2024 critical =\"\\\x1B[31m\0\xFF %v {}"s;
  CHECK(line_of(Format::text, "bad", {{"why", hostile}}) ==
        "warning bad why=\"x\\n2024 critical =\\\"\\\\\\u001b[31m\\u0000\uFFFD %v {}\"");
  CHECK(line_of(Format::json, "bad", {{"why", hostile}}) ==
        "\"level\":\"warning\",\"event\":\"bad\","
        "\"why\":\"x\\n2024 critical =\\\"\\\\\\u001b[31m\\u0000\uFFFD %v {}\"}");
  CHECK(line_of(Format::text, "bad", {{"why", ""}}) == "warning bad why=\"\"");
}

TEST_CASE("a long value is cut") {
  const std::string line = line_of(Format::text, "bad", {{"why", std::string(1 << 20, 'x')}});
  CHECK(line == "warning bad why=\"" + std::string(500, 'x') + "...(1048576 bytes)\"");
}

TEST_CASE("the time stands in front, in UTC") {
  CapturedStderr captured;
  configure(Level::info, Format::json);
  info("begun");
  const std::string text = captured.text();
  CHECK(text.starts_with("{\"time\":\"20"));
  CHECK(text.substr(19, 1) == "T");
  CHECK(text.substr(32, 3) == "Z\",");
}

TEST_CASE("a prefix stands in front of the line, whatever it is made of") {
  const auto row =
      GENERATE(std::tuple{Format::text, "a %v {} \"b\" \\ 100%", "a %v {} \"b\" \\ 100% 20"},
               std::tuple{Format::text, "", "20"}, std::tuple{Format::json, "", R"({"time":"20)"},
               std::tuple{Format::json, "a %v {} \"b\" \\ 100%",
                          R"({"prefix":"a %v {} \"b\" \\ 100%","time":"20)"});
  CapturedStderr captured;
  configure(Level::info, std::get<0>(row), std::get<1>(row));
  info("begun");
  CHECK(captured.text().starts_with(std::get<2>(row)));
  configure(Level::info, Format::text);
}

TEST_CASE("what is below the level is not written") {
  CapturedStderr captured;
  configure(Level::error, Format::text);
  debug("one");
  info("two");
  warning("three");
  error("four");
  critical("five");
  const std::string text = captured.text();
  for (const char* silent : {"one", "two", "three"}) CHECK(text.find(silent) == std::string::npos);
  CHECK(text.find("error four\n") != std::string::npos);
  CHECK(text.find("critical five\n") != std::string::npos);
}

}  // namespace
}  // namespace certwatch::log
