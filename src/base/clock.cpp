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
  // Whole and fraction apart: together they lose their last digits in the conversion.
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return static_cast<double>(whole.time_since_epoch().count()) + Seconds(time - whole).count();
}

std::chrono::nanoseconds to_nanoseconds(Seconds seconds) {
  constexpr Seconds longest{3.0e9};
  if (!(seconds > Seconds{0})) return std::chrono::nanoseconds(0);  // not a number, too
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(seconds, longest));
}

}  // namespace certwatch
