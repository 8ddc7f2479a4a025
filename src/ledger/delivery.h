// What becomes of deliveries. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/changes.h"
#include "model/delivery.h"

namespace certwatch::ledger {

// A verdict is told at each destination in force whose least importance it reaches.
std::vector<NewDelivery> deliveries_of_verdict(std::int64_t row, const std::string& event_id,
                                               Importance importance,
                                               std::span<const Destination> in_force);

// What corrects a verdict is told wherever the verdict is delivered or still due.
std::vector<NewDelivery> deliveries_of_correction(std::int64_t row, DeliveryKind kind,
                                                  const std::string& event_id,
                                                  std::span<const VerdictDelivery> verdicts);

// How a delivery stands in alert_deliveries.
struct DeliveryStanding {
  int attempts = 0;
  // When the next attempt may begin; the end of the lease while one is under way. Nothing: settled.
  std::optional<SystemTime> due_at;
  std::optional<SystemTime> lease_until;
  std::optional<SystemTime> delivered_at;
  std::optional<SystemTime> abandoned_at;
  std::optional<SystemTime> requeued_at;
  std::string last_error;

  bool operator==(const DeliveryStanding&) const = default;
};

// The attempt number `attempt` has ended. If the receiver took the delivery, this counts in any
// case. Otherwise nothing changes if the attempt is not the latest, or if the delivery is settled
// already.
DeliveryStanding settled(const DeliveryStanding& standing, int attempt,
                         const Settlement& settlement, SystemTime now);

// An operator wants it to be delivered again. If it was settled, it begins anew. If it is still
// due, it becomes due now. If an attempt is under way, that attempt goes on.
DeliveryStanding requeued(const DeliveryStanding& standing, SystemTime now);

// May it be given up? `told_since`: when there was something to tell.
bool is_too_old(const DeliveryStanding& standing, SystemTime told_since, Seconds age,
                bool destination_is_in_force, SystemTime now);

}  // namespace certwatch::ledger
