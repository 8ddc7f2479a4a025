#include "base/backoff.h"

#include <algorithm>

namespace certwatch {

std::chrono::milliseconds Backoff::next() {
  constexpr int doublings_that_reach_any_limit = 20;
  const int doublings = std::min(failures_, doublings_that_reach_any_limit);
  ++failures_;
  const auto whole =
      std::min<std::chrono::milliseconds>(limits_.longest, limits_.first * (1L << doublings));
  std::uniform_int_distribution<long long> shortened(whole.count() / 2, whole.count());
  return std::chrono::milliseconds(shortened(random_));
}

}  // namespace certwatch
