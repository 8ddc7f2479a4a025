#include "pipeline/store_health.h"

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

const StoreError gone{StoreError::Kind::unavailable, "gone"};

TEST_CASE("a database that nobody has asked is not up") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  const StoreHealth health(metrics, clock);
  CHECK_FALSE(health.state().up);
  CHECK(health.state().why == "not asked yet");
  CHECK(health.state().since == clock.steady_now());
  CHECK_FALSE(health.state().last_success);
  CHECK(metrics.store_up.Value() == 0);
}

TEST_CASE("an answer makes it up, since the first and last successful at the latest") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  StoreHealth health(metrics, clock);
  clock.advance(Seconds{5});
  const SteadyTime first = clock.steady_now();
  health.answered();
  clock.advance(Seconds{5});
  health.answered();
  CHECK(health.state().up);
  CHECK(health.state().why.empty());
  CHECK(health.state().since == first);
  CHECK(health.state().last_success == clock.steady_now());
  CHECK(metrics.store_up.Value() == 1);
  CHECK(metrics.store_errors.Value() == 0);
}

TEST_CASE("a failure makes it down, since the first, with the last reason; each is counted") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  StoreHealth health(metrics, clock);
  health.answered();
  const SteadyTime success = clock.steady_now();
  clock.advance(Seconds{5});
  const SteadyTime first = clock.steady_now();
  health.failed("recording", {StoreError::Kind::unavailable, "slow"});
  clock.advance(Seconds{5});
  health.failed("judging", gone);
  CHECK_FALSE(health.state().up);
  CHECK(health.state().why == "gone");
  CHECK(health.state().since == first);
  CHECK(health.state().last_success == success);
  CHECK(metrics.store_up.Value() == 0);
  CHECK(metrics.store_errors.Value() == 2);
  health.answered();
  CHECK(health.state().up);
  CHECK(health.state().why.empty());
  CHECK(metrics.store_up.Value() == 1);
}

TEST_CASE("a database that refuses one alert has answered") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  StoreHealth health(metrics, clock);
  health.answered();
  health.failed("recording", {StoreError::Kind::refused, "no such text"});
  CHECK(health.state().up);
  CHECK(metrics.store_up.Value() == 1);
  CHECK(metrics.store_errors.Value() == 1);
}

TEST_CASE("while nothing can be recorded it is down, whoever else gets an answer") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  StoreHealth health(metrics, clock);
  health.answered();
  const SteadyTime success = clock.steady_now();
  clock.advance(Seconds{5});
  const SteadyTime first = clock.steady_now();
  health.failed_to_record("recording", {StoreError::Kind::unavailable, "full"});
  clock.advance(Seconds{5});
  health.answered();
  CHECK_FALSE(health.state().up);
  CHECK(health.state().why == "full");
  CHECK(health.state().since == first);
  CHECK(health.state().last_success == success);
  CHECK(metrics.store_up.Value() == 0);
  health.recorded("recording");
  CHECK(health.state().up);
  CHECK(health.state().last_success == clock.steady_now());
  CHECK(metrics.store_up.Value() == 1);

  // One that refuses what it was given could have recorded something else.
  health.failed_to_record("recording", {StoreError::Kind::unavailable, "full"});
  health.failed_to_record("recording", {StoreError::Kind::refused, "no such text"});
  CHECK(health.state().up);
}

TEST_CASE("what one party records does not hide that another one cannot") {
  FakeClock clock;
  Metrics metrics("1.0.0", "abc");
  StoreHealth health(metrics, clock);
  health.failed_to_record("judging", {StoreError::Kind::too_slow, "a row is locked"});
  health.recorded("recording");
  CHECK_FALSE(health.state().up);
  CHECK(health.state().why == "a row is locked");
  health.recorded("judging");
  CHECK(health.state().up);
}

}  // namespace
}  // namespace certwatch
