#include "app/exit_deadline.h"

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("an end has its time, and a spill that is being read has more") {
  constexpr Seconds long_ago{100'000};
  struct Row {
    const char* why;
    Seconds since_decided;
    Seconds last_spilled;
    Seconds left;
  };
  const Row rows[] = {
      {"just decided", Seconds{0}, long_ago, Seconds{4.5}},
      {"under way", Seconds{3}, long_ago, Seconds{1.5}},
      {"stuck", Seconds{4.5}, long_ago, Seconds{0}},
      {"a spill has begun", Seconds{3}, Seconds{0}, Seconds{1.5}},
      {"a spill goes on", Seconds{20}, Seconds{0.25}, Seconds{0.75}},
      {"a spill is stuck", Seconds{20}, Seconds{1}, Seconds{0}},
      {"a spill without an end", Seconds{59.5}, Seconds{0}, Seconds{0.5}},
      {"a spill that is over", Seconds{60}, Seconds{0}, Seconds{0}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(time_left(row.since_decided, row.last_spilled) == row.left);
  }
}

}  // namespace
}  // namespace certwatch
