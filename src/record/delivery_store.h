// Port: deliveries that are due (alert_deliveries), leased one attempt at a time.
//
// A delivery is due from the verdict until it is settled as delivered or given up. A claim leases
// it to the caller. When the caller dies, the lease runs out and anybody may claim it again: at
// least once, and exactly once unless the caller died between the receiver's 2xx and settle().
// A resolution or disproof is never claimed before its alert's verdict is settled at the same
// destination; it is given up with it.
// Replicas: a delivery is leased to one caller at a time. Time is the database's own.
// Threads: safe for use from several threads; calls take turns. No call takes longer than 30 s.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/delivery.h"
#include "record/store_error.h"

namespace certwatch {

// How long an announcement of a destination is in force.
inline constexpr Seconds announcement_lifetime{24 * 3600};
// The destination whose verdicts are `delivered` in public.alerts.
inline constexpr const char* webhook_destination = "webhook";

struct OpenCounts {
  std::int64_t pending = 0;           // alerts whose grace window is open or overdue
  std::int64_t overdue_verdicts = 0;  // pending for over 5 s past the window
  // Of destinations in force.
  struct Due {
    std::int64_t deliveries = 0;  // not settled
    Seconds oldest{0};  // age of the oldest of them, from when there was something to tell
  };
  std::map<std::string, Due> due;  // by destination; none is left out
};

class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Puts these destinations in force for announcement_lifetime. The last announcement of a name
  // wins. A verdict that falls while a destination is not in force is not told there.
  virtual StoreResult<void> announce(std::span<const Destination> destinations) = 0;

  // Leases up to `most` due deliveries of one destination, oldest due first, for `lease`.
  virtual StoreResult<std::vector<Delivery>> claim(const std::string& destination, std::size_t most,
                                                   Seconds lease) = 0;

  // Ends the attempt. `delivered` counts, whoever holds the lease now. Any other end counts only
  // while the lease is still the caller's: later somebody else decides. If the webhook took a
  // verdict, its alert becomes `delivered`.
  virtual StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) = 0;

  // Gives up deliveries that are older than `age` and not leased. They must have been tried at
  // least once, or belong to a destination that is no longer in force. Returns them.
  virtual StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) = 0;

  // How long until something of this destination can be claimed; nothing where nothing is due.
  // Never negative.
  virtual StoreResult<std::optional<Seconds>> next_due_in(const std::string& destination) = 0;

  virtual StoreResult<OpenCounts> counts() = 0;
};

}  // namespace certwatch
