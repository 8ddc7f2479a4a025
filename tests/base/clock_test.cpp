#include "base/clock.h"

#include <limits>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

using std::chrono::nanoseconds;

TEST_CASE("a duration is cut to what a deadline can hold") {
  CHECK(to_nanoseconds(Seconds{1.5}) == nanoseconds(1'500'000'000));
  CHECK(to_nanoseconds(Seconds{0}) == nanoseconds(0));
  CHECK(to_nanoseconds(Seconds{-1}) == nanoseconds(0));
  CHECK(to_nanoseconds(Seconds{std::numeric_limits<double>::quiet_NaN()}) == nanoseconds(0));
  CHECK(to_nanoseconds(Seconds{-std::numeric_limits<double>::infinity()}) == nanoseconds(0));
  for (const double seconds : {1e18, 1e300, std::numeric_limits<double>::infinity()}) {
    const nanoseconds longest = to_nanoseconds(Seconds{seconds});
    CHECK(longest > std::chrono::hours(24 * 365 * 90));
    // Added to any time of a machine that runs for a century, it is still a time.
    CHECK(longest < nanoseconds::max() - std::chrono::hours(24 * 365 * 100));
  }
}

TEST_CASE("Unix time has a fraction") {
  CHECK(unix_seconds(SystemTime(std::chrono::milliseconds(1'717'500'000'250))) == 1717500000.25);
  CHECK(unix_seconds(SystemTime(std::chrono::milliseconds(-250))) == -0.25);
  CHECK(unix_seconds(SystemTime()) == 0);
}

TEST_CASE("the machine's steady clock never goes back") {
  const MachineClock clock;
  SteadyTime last = clock.steady_now();
  for (int i = 0; i < 1000; ++i) {
    const SteadyTime now = clock.steady_now();
    CHECK(now >= last);
    last = now;
  }
  CHECK(unix_seconds(clock.system_now()) > 1.7e9);
}

TEST_CASE("the clock of the tests moves when it is told to") {
  FakeClock clock;
  const SteadyTime steady = clock.steady_now();
  CHECK(clock.system_now() == FakeClock::start);
  clock.advance(Seconds{2.5});
  CHECK(clock.steady_now() - steady == std::chrono::milliseconds(2500));
  CHECK(unix_seconds(clock.system_now()) == unix_seconds(FakeClock::start) + 2.5);
  clock.set_system(SystemTime());
  CHECK(unix_seconds(clock.system_now()) == 0);
  CHECK(clock.steady_now() - steady == std::chrono::milliseconds(2500));
}

}  // namespace
}  // namespace certwatch
