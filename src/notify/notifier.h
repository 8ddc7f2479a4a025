// Port: somebody who is told.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"

namespace certwatch {

// The receiver took it.
struct Delivered {
  int status = 0;
};
// It did not, or may not have; another attempt may succeed.
struct RetryLater {
  // For a person; hostile (a peer may have written parts of it), without secrets, under 500 bytes.
  std::string why;
  // What the receiver asked for, if it did.
  std::optional<Seconds> retry_after;
};
using NotifyOutcome = std::variant<Delivered, RetryLater>;

// Threads: one instance belongs to one thread, except cancel().
class Notifier {
 public:
  virtual ~Notifier() = default;

  // One attempt to hand over `body` (JSON) under `event_id`, the same for every attempt of one
  // event. Returns within the attempt's time-out, whatever the peer does.
  virtual NotifyOutcome post(const std::string& event_id, const std::string& body) = 0;

  // From any thread: ends the attempt under way, and every later one, with RetryLater.
  virtual void cancel() = 0;
};

}  // namespace certwatch
