#include "ledger/delivery.h"

#include <algorithm>

namespace certwatch::ledger {

std::vector<NewDelivery> deliveries_of_verdict(std::int64_t row, const std::string& event_id,
                                               Importance importance,
                                               std::span<const Destination> in_force) {
  std::vector<NewDelivery> deliveries;
  for (const Destination& destination : in_force) {
    if (importance < destination.least) continue;
    deliveries.push_back({row, DeliveryKind::verdict, event_id, destination.name});
  }
  return deliveries;
}

std::vector<NewDelivery> deliveries_of_correction(std::int64_t row, DeliveryKind kind,
                                                  const std::string& event_id,
                                                  std::span<const VerdictDelivery> verdicts) {
  std::vector<NewDelivery> deliveries;
  for (const VerdictDelivery& verdict : verdicts) {
    if (verdict.row != row || verdict.is_given_up) continue;
    deliveries.push_back({row, kind, event_id, verdict.destination});
  }
  return deliveries;
}

DeliveryStanding settled(const DeliveryStanding& standing, int attempt,
                         const Settlement& settlement, SystemTime now) {
  using Kind = Settlement::Kind;
  const bool is_latest = standing.attempts == attempt && standing.due_at;
  if (standing.delivered_at || (settlement.kind != Kind::delivered && !is_latest)) return standing;
  DeliveryStanding after = standing;
  after.lease_until.reset();
  after.due_at.reset();
  after.last_error = settlement.error;
  switch (settlement.kind) {
    case Kind::delivered:
      after.delivered_at = now;
      after.abandoned_at.reset();
      after.last_error.clear();
      break;
    case Kind::retry_after:
      after.due_at =
          now + std::chrono::duration_cast<SystemTime::duration>(to_nanoseconds(settlement.delay));
      break;
    case Kind::given_up:
      after.abandoned_at = now;
      break;
  }
  return after;
}

DeliveryStanding requeued(const DeliveryStanding& standing, SystemTime now) {
  DeliveryStanding after = standing;
  after.requeued_at = now;
  if (standing.due_at) {
    const bool is_under_way = standing.lease_until && *standing.lease_until > now;
    if (!is_under_way) after.due_at = now;
    return after;
  }
  after.due_at = now;
  after.attempts = 0;
  after.delivered_at.reset();
  after.abandoned_at.reset();
  return after;
}

bool is_too_old(const DeliveryStanding& standing, SystemTime told_since, Seconds age,
                bool destination_is_in_force, SystemTime now) {
  const bool is_under_way = standing.lease_until && *standing.lease_until > now;
  if (!standing.due_at || is_under_way) return false;
  if (standing.attempts == 0 && destination_is_in_force) return false;
  const SystemTime since = std::max(told_since, standing.requeued_at.value_or(told_since));
  return now - since > to_nanoseconds(age);
}

}  // namespace certwatch::ledger
