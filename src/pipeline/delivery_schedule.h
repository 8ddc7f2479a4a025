// When a delivery that failed is tried again. Pure.
#pragma once

#include <optional>

#include "base/clock.h"

namespace certwatch {

struct DeliverySchedule {
  // Between attempts after the fourth; 0: three attempts and no more.
  Seconds interval{60};
};

// The longest that a Retry-After is honoured.
inline constexpr Seconds longest_retry_after{600};

// After the failed attempt number `attempt` (from 1): how long until the next; nothing: give up.
// 1 s, 4 s, 16 s, then `interval` with up to 10 % on top (`jitter` is drawn from [0, 1]). What the
// receiver asked for is honoured where it is longer.
std::optional<Seconds> next_attempt_in(int attempt, const DeliverySchedule& schedule,
                                       std::optional<Seconds> retry_after, double jitter);

}  // namespace certwatch
