#include "base/pause.h"

#include <thread>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a pause lasts until its time is over") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(pause(std::chrono::milliseconds(2), {}));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(2));
  CHECK(pause(std::chrono::nanoseconds(0), {}));
  CHECK(pause(std::chrono::nanoseconds(-1), {}));
}

TEST_CASE("a stop ends a pause, whether it comes before or meanwhile") {
  std::stop_source stop;
  bool is_over = true;
  std::jthread waiting([&] { is_over = pause(std::chrono::hours(24), stop.get_token()); });
  stop.request_stop();
  waiting.join();
  CHECK_FALSE(is_over);
  CHECK_FALSE(pause(std::chrono::hours(24), stop.get_token()));
  CHECK_FALSE(pause(std::chrono::nanoseconds(0), stop.get_token()));
}

}  // namespace
}  // namespace certwatch
