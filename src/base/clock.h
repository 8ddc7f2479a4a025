// Where time is read. Everything that decides takes `now`; everything that waits takes a Clock.
#pragma once

#include <chrono>

namespace certwatch {

using SteadyTime = std::chrono::steady_clock::time_point;
using SystemTime = std::chrono::system_clock::time_point;
// Durations as operators give them: seconds, fractions allowed.
using Seconds = std::chrono::duration<double>;

// Safe for use from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // For distances and deadlines; never goes back.
  virtual SteadyTime steady_now() const = 0;
  // For what people and other machines read.
  virtual SystemTime system_now() const = 0;
};

// The machine's own clocks.
class MachineClock final : public Clock {
 public:
  SteadyTime steady_now() const override;
  SystemTime system_now() const override;
};

// Unix time as pages and metrics show it.
double unix_seconds(SystemTime time);

// A duration for steady deadlines, cut to what they can hold (about a century); 0 for what is
// negative or no number.
std::chrono::nanoseconds to_nanoseconds(Seconds seconds);

}  // namespace certwatch
