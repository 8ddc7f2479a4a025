#include "net/retry_after.h"

#include <string>

#include "support/catch.h"

namespace certwatch {
namespace {

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 section 5.6.7.
constexpr SystemTime example{std::chrono::seconds(784111777)};

struct Row {
  const char* why;
  std::string value;
  double seconds;
};

TEST_CASE("what a server asks for is understood") {
  const auto row =
      GENERATE(Row{"seconds", "120", 120}, Row{"at once", "0", 0},
               Row{"a number that fits no integer", std::string(80, '9'), 1e80},
               Row{"IMF-fixdate", "Sun, 06 Nov 1994 08:50:37 GMT", 60},
               Row{"RFC 850", "Sunday, 06-Nov-94 08:50:37 GMT", 60},
               Row{"two digits of another century", "Monday, 01-Jan-01 00:00:00 GMT", 194'195'423},
               Row{"asctime", "Sun Nov  6 08:50:37 1994", 60},
               Row{"as Go's servers write it", "Sun, 06 Nov 1994 08:50:37 UTC", 60},
               Row{"another zone", "Sun, 06 Nov 1994 09:50:37 CET", 60},
               Row{"a date in the past", "Sun, 06 Nov 1994 08:49:36 GMT", 0},
               Row{"a date far away", "Fri, 31 Dec 9999 23:59:59 GMT", 252'618'189'022},
               Row{"a date long ago", "Thu, 01 Jan 1970 00:00:01 GMT", 0});
  INFO(row.why);
  const auto wait = parse_retry_after(row.value, example);
  REQUIRE(wait);
  CHECK(wait->count() == row.seconds);
}

TEST_CASE("fractions of now count") {
  const auto wait =
      parse_retry_after("Sun, 06 Nov 1994 08:49:38 GMT", example + std::chrono::milliseconds(250));
  REQUIRE(wait);
  CHECK(wait->count() == 0.75);
}

TEST_CASE("what is neither seconds nor a date asks for nothing") {
  const std::string value = GENERATE(as<std::string>(), "", " ", "-1", "+1", "soon", "0x10", "12 s",
                                     "Sun, 06 Nov 1994 25:49:37 GMT",
                                     "Sun, 32 Nov 1994 08:49:37 GMT", std::string(100'000, 'x'));
  INFO(value);
  CHECK_FALSE(parse_retry_after(value, example));
}

}  // namespace
}  // namespace certwatch
