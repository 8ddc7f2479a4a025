// When to ping a peer, and when to give it up. Decides from `now` alone.
#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace certwatch {

// A ping every `interval`, whatever else is sent or received: some servers take nothing but pings
// and pongs for a sign of life. A ping must be answered within `patience`; any pong that comes
// after it will do, as a peer that is behind may answer only the latest (RFC 6455 section 5.5.3).
class PingSchedule {
 public:
  PingSchedule(std::chrono::nanoseconds interval, std::chrono::nanoseconds patience, SteadyTime now)
      : interval_(interval), patience_(patience), next_ping_(now + interval) {}

  bool ping_is_due(SteadyTime now) const { return now >= next_ping_; }
  // The oldest ping that is unanswered is so for `patience` or longer.
  bool pong_is_overdue(SteadyTime now) const { return pong_due_ && now >= *pong_due_; }

  void ping_sent(SteadyTime now) {
    next_ping_ = now + interval_;
    if (!pong_due_) pong_due_ = now + patience_;
  }
  void pong_received() { pong_due_.reset(); }

  // When one of the two questions will be answered differently than now.
  SteadyTime next_change() const {
    return pong_due_ ? std::min(next_ping_, *pong_due_) : next_ping_;
  }

 private:
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds patience_;
  SteadyTime next_ping_;
  std::optional<SteadyTime> pong_due_;
};

}  // namespace certwatch
