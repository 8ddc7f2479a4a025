#include "base/number.h"

#include <cmath>

namespace certwatch {

std::optional<std::int64_t> whole_seconds(double time) {
  constexpr double farthest = 9.0e18;
  if (!std::isfinite(time) || std::fabs(time) > farthest) return std::nullopt;
  return static_cast<std::int64_t>(time);
}

}  // namespace certwatch
