#include "pipeline/delivery_schedule.h"

#include "support/catch.h"

using namespace certwatch;

TEST_CASE("the waits are 1, 4, 16 s, then the interval, whatever the interval is") {
  struct Row {
    const char* why;
    int attempt;
    double interval;
    double jitter;
    std::optional<double> expected;
  };
  const Row row = GENERATE(
      Row{"first failure", 1, 60, 1, 1}, Row{"second failure", 2, 60, 1, 4},
      Row{"third failure", 3, 60, 1, 16}, Row{"third failure, short interval", 3, 1, 1, 16},
      Row{"fourth failure, no jitter", 4, 60, 0, 60}, Row{"with all the jitter", 4, 60, 1, 66},
      Row{"much later", 1000, 60, 0.5, 63}, Row{"short interval", 5, 0.5, 0, 0.5},
      Row{"three attempts only: first", 1, 0, 0, 1}, Row{"three attempts only: second", 2, 0, 0, 4},
      Row{"three attempts only: third", 3, 0, 0, std::nullopt},
      Row{"three attempts only: a claim from a former life", 4, 0, 0, std::nullopt});
  INFO(row.why);
  const auto next = next_attempt_in(row.attempt, {Seconds{row.interval}}, std::nullopt, row.jitter);
  REQUIRE(next.has_value() == row.expected.has_value());
  if (next) CHECK_THAT(next->count(), Catch::Matchers::WithinAbs(*row.expected, 1e-9));
}

TEST_CASE("what the receiver asks for is honoured where it is longer, up to ten minutes") {
  struct Row {
    const char* why;
    int attempt;
    double asked;
    double expected;
  };
  const Row row = GENERATE(Row{"longer than planned", 1, 7, 7},
                           Row{"shorter than planned", 2, 1, 4}, Row{"too long", 1, 86400, 600},
                           Row{"in the past", 1, -5, 1}, Row{"on a late attempt", 9, 300, 300});
  INFO(row.why);
  const auto next = next_attempt_in(row.attempt, {Seconds{60}}, Seconds{row.asked}, 0);
  REQUIRE(next);
  CHECK_THAT(next->count(), Catch::Matchers::WithinAbs(row.expected, 1e-9));
}

TEST_CASE("a Retry-After does not bring back a delivery that has had its attempts") {
  CHECK_FALSE(next_attempt_in(3, {Seconds{0}}, Seconds{5}, 0));
}
