#include "base/clock.h"

#include <algorithm>

namespace certwatch {

SteadyTime MachineClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

SystemTime MachineClock::system_now() const {
  return std::chrono::system_clock::now();
}

double unix_seconds(SystemTime time) {
  return Seconds(time.time_since_epoch()).count();
}

std::chrono::nanoseconds to_nanoseconds(Seconds seconds) {
  constexpr Seconds longest{3.0e9};
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::clamp(seconds, Seconds{0}, longest));
}

}  // namespace certwatch
