// How long to wait before the next try of something that failed.
#pragma once

#include <chrono>
#include <random>

namespace certwatch {

struct BackoffLimits {
  std::chrono::milliseconds first{1000};
  // Soft limit: no wait is longer, jitter included.
  std::chrono::milliseconds longest{5000};
};

// Each wait is twice the one before, from `first` to `longest`. Each is shortened by up to a half
// at random, so that many processes that lost the same peer do not come back together. Not safe for
// several threads.
class Backoff {
 public:
  Backoff(BackoffLimits limits, std::uint32_t seed) : limits_(limits), random_(seed) {}

  // The wait before the next try. The first after a success lies within [first/2, first].
  std::chrono::milliseconds next();
  // The last try succeeded.
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  BackoffLimits limits_;
  std::minstd_rand random_;
  int failures_ = 0;
};

}  // namespace certwatch
