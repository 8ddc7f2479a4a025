// Port: deliveries that are due, leased one attempt at a time.
//
// A delivery is due from the verdict until it is settled as delivered or given up. A claim leases
// it to the caller; when the caller dies, the lease runs out and anybody may claim it again: at
// least once, and exactly once unless the caller died between the receiver's 2xx and settle().
// Replicas: a delivery is leased to one caller at a time. Time is the database's own.
// Threads: safe for use from several threads (calls take turns). No call takes longer than 30 s.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "record/store_error.h"

namespace certwatch {

// How one attempt ended.
struct Settlement {
  enum class Kind { delivered, retry_after, given_up };
  Kind kind = Kind::delivered;
  // For retry_after: from now.
  Seconds delay{0};
  // For retry_after and given_up: why, for the column last_error. Hostile; bounded by the caller.
  std::string error;
};

struct DeliveryCounts {
  std::int64_t pending = 0;           // alerts whose grace window is open or overdue
  std::int64_t overdue_verdicts = 0;  // pending for over 5 s past the window
  std::int64_t due = 0;               // deliveries not settled
  std::optional<Seconds> oldest_due;  // age of the oldest of them, from the verdict
};

// Hard limit: deliveries adopted in one call; the next one goes on.
inline constexpr std::size_t most_adopted = 1000;

class DeliveryQueue {
 public:
  virtual ~DeliveryQueue() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Leases up to `most` due deliveries, oldest due first, for `lease`. An alert's resolution is
  // never claimed before the alert itself is settled.
  virtual StoreResult<std::vector<Delivery>> claim(std::size_t most, Seconds lease) = 0;

  // Ends the attempt. `delivered` counts whoever holds the lease now; the others only while the
  // lease is still the caller's (else they do nothing: somebody newer decides).
  virtual StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) = 0;

  // Gives up what was judged (resolved, for a resolution) longer than `age` ago, has been tried at
  // least once (or never can be: its payload is gone) and is not leased.
  virtual StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) = 0;

  // Makes due what a process that delivers nothing judged (or, of what is delivered, resolved)
  // within the last `back`: what has a payload, is not due, and was neither tried, delivered nor
  // given up. Oldest first, up to most_adopted. Returns how many.
  virtual StoreResult<std::size_t> adopt(Seconds back) = 0;

  // How long until something can be claimed; nothing where nothing is due. Never negative.
  virtual StoreResult<std::optional<Seconds>> next_due_in() = 0;

  virtual StoreResult<DeliveryCounts> counts() = 0;
};

}  // namespace certwatch
