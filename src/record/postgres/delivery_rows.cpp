#include "record/postgres/delivery_rows.h"

#include "record/stored_words.h"

namespace certwatch::postgres {

std::vector<Delivery> read_deliveries(const Answer& answer) {
  std::vector<Delivery> deliveries;
  for (int row = 0; row < answer.rows(); ++row) {
    Delivery delivery;
    delivery.id = answer.integer(row, 0);
    delivery.alert = answer.integer(row, 1);
    delivery.attempt = static_cast<int>(answer.integer(row, 2));
    delivery.destination = answer.text(row, 3);
    delivery.kind = delivery_kind_of(answer.view(row, 4));
    delivery.event_id = answer.text(row, 5);
    delivery.resolves = answer.optional_text(row, 6);
    delivery.conflicts_with = answer.optional_text(row, 7);
    delivery.refutes = answer.optional_text(row, 8);
    delivery.severity = severity_of(answer.view(row, 9));
    delivery.known_by = known_by_of(answer.view(row, 10));
    delivery.reason = reason_of(answer.view(row, 11));
    delivery.importance = importance_of(answer.view(row, 12));
    delivery.identity_facts = answer.text(row, 13);
    delivery.message_facts = answer.text(row, 14);
    delivery.matched = answer.text(row, 15);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

ledger::DeliveryStanding read_standing(const Answer& answer, int row, int column) {
  ledger::DeliveryStanding standing;
  standing.attempts = static_cast<int>(answer.integer(row, column));
  standing.due_at = answer.optional_time(row, column + 1);
  standing.lease_until = answer.optional_time(row, column + 2);
  standing.delivered_at = answer.optional_time(row, column + 3);
  standing.abandoned_at = answer.optional_time(row, column + 4);
  standing.requeued_at = answer.optional_time(row, column + 5);
  standing.last_error = answer.text(row, column + 6);
  return standing;
}

const Statement write_standing{"write_standing", R"(
      UPDATE public.alert_deliveries SET attempts = $2, due_at = to_timestamp($3::float8),
        lease_until = to_timestamp($4::float8), delivered_at = to_timestamp($5::float8),
        abandoned_at = to_timestamp($6::float8), requeued_at = to_timestamp($7::float8),
        last_error = $8
      WHERE id = $1)"};

Parameters standing_values(std::int64_t delivery, const ledger::DeliveryStanding& standing) {
  Parameters values;
  values.integer(delivery).integer(standing.attempts).optional_time(standing.due_at);
  values.optional_time(standing.lease_until).optional_time(standing.delivered_at);
  values.optional_time(standing.abandoned_at).optional_time(standing.requeued_at);
  values.text_unless_empty(standing.last_error);
  return values;
}

const Statement give_up_deliveries{"give_up_deliveries", R"(
      UPDATE public.alert_deliveries AS d
      SET due_at = NULL, lease_until = NULL, abandoned_at = statement_timestamp()
      FROM public.alerts AS a
      WHERE a.id = d.alert AND d.id = ANY ($1::bigint[])
      RETURNING)" + std::string(delivery_columns)};

const Statement give_up_corrections{"give_up_corrections", R"(
      UPDATE public.alert_deliveries AS d
      SET due_at = NULL, lease_until = NULL, abandoned_at = statement_timestamp()
      FROM public.alert_deliveries AS verdict
      WHERE verdict.id = ANY ($1::bigint[]) AND verdict.kind = 'verdict'
        AND d.alert = verdict.alert AND d.destination = verdict.destination
        AND d.kind <> 'verdict' AND d.due_at IS NOT NULL)"};

}  // namespace certwatch::postgres
