// Rows of public.alert_deliveries.
#pragma once

#include <string>
#include <vector>

#include "ledger/delivery.h"
#include "model/delivery.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

// What read_deliveries() reads, of tables `d` (alert_deliveries) and `a` (alerts).
inline constexpr const char* delivery_columns = R"(
        d.id, d.alert, d.attempts, d.destination, d.kind, d.event_id,
        CASE WHEN d.kind = 'resolution' THEN a.event_id END,
        (SELECT other.event_id FROM public.alerts AS other WHERE other.id = a.conflict_with),
        (SELECT other.event_id FROM public.alerts AS other WHERE other.id = a.refutes),
        CASE WHEN d.kind = 'resolution' THEN 'info' ELSE a.severity END,
        CASE WHEN d.kind = 'resolution' OR a.severity = 'info' THEN a.known_by END,
        CASE WHEN d.kind <> 'resolution' THEN a.reason END,
        CASE WHEN d.kind = 'resolution' THEN 'info' ELSE a.importance END,
        a.identity_facts, a.payload, a.matched)";
std::vector<Delivery> read_deliveries(const Answer& answer);

// What read_standing() reads from `column` on, of a table `d`.
inline constexpr const char* standing_columns =
    "d.attempts, extract(epoch FROM d.due_at)::float8, extract(epoch FROM d.lease_until)::float8,"
    " extract(epoch FROM d.delivered_at)::float8, extract(epoch FROM d.abandoned_at)::float8,"
    " extract(epoch FROM d.requeued_at)::float8, d.last_error";
ledger::DeliveryStanding read_standing(const Answer& answer, int row, int column);

// As a whole.
extern const Statement write_standing;
Parameters standing_values(std::int64_t delivery, const ledger::DeliveryStanding& standing);

// $1: deliveries. Returns delivery_columns.
extern const Statement give_up_deliveries;
// $1: deliveries. Of the verdicts among them, what follows them at the same destination.
extern const Statement give_up_corrections;

}  // namespace certwatch::postgres
