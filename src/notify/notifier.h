// Port: somebody who is told.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "model/delivery.h"

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

  // One attempt to tell the receiver. It renders the facts of the delivery itself, the same in
  // every attempt of one event. Returns within the attempt's time-out, whatever the peer does.
  virtual NotifyOutcome tell(const Delivery& delivery) = 0;

  // From any thread. The attempt under way, and every later one, ends with RetryLater.
  virtual void cancel() = 0;
};

}  // namespace certwatch
