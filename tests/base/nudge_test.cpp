#include "base/nudge.h"

#include <thread>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a nudge ends a wait, whether it comes before or meanwhile, and is taken once") {
  Nudge nudge;
  nudge.give();
  nudge.give();
  CHECK(nudge.wait(std::chrono::hours(24), {}));
  CHECK_FALSE(nudge.wait(std::chrono::nanoseconds(0), {}));
  bool nudged = false;
  std::jthread waiting([&] { nudged = nudge.wait(std::chrono::hours(24), {}); });
  nudge.give();
  waiting.join();
  CHECK(nudged);
}

TEST_CASE("without a nudge a wait lasts until its time is over, or a stop") {
  Nudge nudge;
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(nudge.wait(std::chrono::milliseconds(2), {}));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(2));
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(nudge.wait(std::chrono::hours(24), stop.get_token()));
}

}  // namespace
}  // namespace certwatch
