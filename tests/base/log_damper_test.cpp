#include "base/log.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch::log {
namespace {

TEST_CASE("a burst passes, the rest of the period is counted and told later") {
  FakeClock clock;
  Damper damper(clock, 3, std::chrono::seconds(60));
  for (int i = 0; i < 3; ++i) {
    const auto ruling = damper.rule("key");
    CHECK(ruling.pass);
    CHECK(ruling.held_back == 0);
  }
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(damper.rule("key").pass);
  clock.advance(Seconds{59.9});
  CHECK_FALSE(damper.rule("key").pass);
  clock.advance(Seconds{0.1});
  const auto first = damper.rule("key");
  CHECK(first.pass);
  CHECK(first.held_back == 1001);
  const auto second = damper.rule("key");
  CHECK(second.pass);
  CHECK(second.held_back == 0);
}

TEST_CASE("keys do not hold back each other") {
  FakeClock clock;
  Damper damper(clock, 1, std::chrono::seconds(60));
  CHECK(damper.rule("one").pass);
  CHECK(damper.rule("other").pass);
  CHECK_FALSE(damper.rule("one").pass);
  CHECK_FALSE(damper.rule("other").pass);
  clock.advance(Seconds{60});
  CHECK(damper.rule("one").held_back == 1);
  CHECK(damper.rule("other").held_back == 1);
}

TEST_CASE("however many keys there are, memory and log stay bounded") {
  FakeClock clock;
  Damper damper(clock, 1, std::chrono::seconds(60));
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) passed += damper.rule("key " + std::to_string(i)).pass ? 1 : 0;
  CHECK(passed == 257);  // 256 of their own, and one for all the others
  CHECK_FALSE(damper.rule("key 0").pass);
  clock.advance(Seconds{60});
  CHECK(damper.rule("key 9999").held_back == 10'000 - 257);
  CHECK(damper.rule("key 0").held_back == 1);
}

}  // namespace
}  // namespace certwatch::log
