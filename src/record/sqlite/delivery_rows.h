// Rows of alert_deliveries and certwatch_destinations: how they are read and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/delivery.h"
#include "model/delivery.h"
#include "record/sqlite/database.h"

namespace certwatch::sqlite {

struct DeliveryRow {
  std::int64_t id = 0;
  std::int64_t alert = 0;
  DeliveryKind kind = DeliveryKind::verdict;
  std::string destination;
  SystemTime told_since;
  ledger::DeliveryStanding standing;
};

// All of these are steps of a call of `database`. Nothing where there is no such row.
std::optional<DeliveryRow> read_delivery(Database& database, std::int64_t id);
std::optional<DeliveryRow> read_delivery(Database& database, const std::string& event_id,
                                         const std::string& destination);
// With all that a notifier needs.
std::optional<Delivery> read_told(Database& database, std::int64_t id);

// Writes how a delivery stands now. If the webhook took a verdict, its alert becomes `delivered`.
// If a verdict is given up, what follows it at that destination is given up as well.
void write_standing(Database& database, const DeliveryRow& row,
                    const ledger::DeliveryStanding& standing);

// A new one, due now.
void insert_delivery(Database& database, const ledger::NewDelivery& delivery, SystemTime now);

std::vector<Destination> destinations_in_force(Database& database, SystemTime now);

}  // namespace certwatch::sqlite
