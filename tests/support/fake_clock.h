// Time that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace certwatch {

// Both clocks move together, by advance(); set_system() turns the one that people read, forwards or
// back, as an administrator would. Safe for use from any thread; nobody who waits is woken.
class FakeClock final : public Clock {
 public:
  // A Tuesday in 2024; not zero, so that "never" and "now" cannot be taken for each other.
  static constexpr SystemTime start{std::chrono::seconds(1'717'500'000)};

  explicit FakeClock(SystemTime system = start)
      : steady_(std::chrono::hours(1)), system_(system.time_since_epoch()) {}

  SteadyTime steady_now() const override {
    return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(steady_.load()));
  }
  SystemTime system_now() const override {
    return SystemTime(std::chrono::duration_cast<SystemTime::duration>(system_.load()));
  }

  void advance(Seconds distance) {
    const auto step = std::chrono::duration_cast<std::chrono::nanoseconds>(distance);
    steady_ = steady_.load() + step;
    system_ = system_.load() + step;
  }
  void set_system(SystemTime system) { system_ = system.time_since_epoch(); }

 private:
  // One writer at a time; readers from any thread.
  std::atomic<std::chrono::nanoseconds> steady_;
  std::atomic<std::chrono::nanoseconds> system_;
};

}  // namespace certwatch
