#include "record/sqlite/delivery_rows.h"

#include "base/json_text.h"
#include "record/delivery_store.h"
#include "record/stored_words.h"

namespace certwatch::sqlite {
namespace {

const std::string select =
    "SELECT id, alert, kind, destination, told_since, attempts, due_at, lease_until, delivered_at,"
    " abandoned_at, requeued_at, last_error FROM alert_deliveries ";
const std::string by_id = select + "WHERE id = ?1";
const std::string by_event = select + "WHERE event_id = ?1 AND destination = ?2";

std::optional<DeliveryRow> read_row(Query query) {
  if (!query.next()) return std::nullopt;
  DeliveryRow row;
  row.id = query.integer(0);
  row.alert = query.integer(1);
  row.kind = delivery_kind_of(query.view(2));
  row.destination = query.text(3);
  row.told_since = query.time(4).value_or(SystemTime());
  row.standing.attempts = static_cast<int>(query.integer(5));
  row.standing.due_at = query.time(6);
  row.standing.lease_until = query.time(7);
  row.standing.delivered_at = query.time(8);
  row.standing.abandoned_at = query.time(9);
  row.standing.requeued_at = query.time(10);
  row.standing.last_error = query.text(11);
  return row;
}

}  // namespace

std::optional<DeliveryRow> read_delivery(Database& database, std::int64_t id) {
  return read_row(database.query(by_id.c_str(), id));
}

std::optional<DeliveryRow> read_delivery(Database& database, const std::string& event_id,
                                         const std::string& destination) {
  return read_row(database.query(by_event.c_str(), event_id, destination));
}

std::optional<Delivery> read_told(Database& database, std::int64_t id) {
  Query query = database.query(
      "SELECT d.alert, d.attempts, d.destination, d.kind, d.event_id, a.event_id, c.event_id,"
      " r.event_id, a.severity, a.known_by, a.reason, a.importance, a.identity_facts, a.payload,"
      " a.matched FROM alert_deliveries AS d JOIN alerts AS a ON a.id = d.alert"
      " LEFT JOIN alerts AS c ON c.id = a.conflict_with LEFT JOIN alerts AS r ON r.id = a.refutes"
      " WHERE d.id = ?1",
      id);
  if (!query.next()) return std::nullopt;
  Delivery told;
  told.id = id;
  told.alert = query.integer(0);
  told.attempt = static_cast<int>(query.integer(1));
  told.destination = query.text(2);
  told.kind = delivery_kind_of(query.view(3));
  told.event_id = query.text(4);
  told.conflicts_with = query.optional_text(6);
  told.refutes = query.optional_text(7);
  told.severity = severity_of(query.view(8));
  told.known_by = known_by_of(query.view(9));
  told.reason = reason_of(query.view(10));
  told.importance = importance_of(query.view(11));
  told.identity_facts = query.text(12);
  told.message_facts = query.text(13);
  told.matched = query.text(14);
  if (told.kind == DeliveryKind::resolution) {
    told.resolves = query.text(5);
    told.severity = Severity::info;
    told.reason.reset();
  } else if (told.severity != Severity::info) {
    // It may have turned out to be ours since.
    told.known_by.reset();
  }
  return told;
}

void write_standing(Database& database, const DeliveryRow& row,
                    const ledger::DeliveryStanding& standing) {
  database.run(
      "UPDATE alert_deliveries SET attempts = ?2, due_at = ?3, lease_until = ?4, delivered_at = ?5,"
      " abandoned_at = ?6, requeued_at = ?7, last_error = nullif(?8, '') WHERE id = ?1",
      row.id, std::int64_t{standing.attempts}, standing.due_at, standing.lease_until,
      standing.delivered_at, standing.abandoned_at, standing.requeued_at,
      json::storable_text(standing.last_error));
  if (row.kind != DeliveryKind::verdict) return;
  if (row.destination == webhook_destination) {
    database.run("UPDATE alerts SET delivered = ?2 WHERE id = ?1", row.alert,
                 standing.delivered_at.has_value());
  }
  if (!standing.abandoned_at) return;
  database.run(
      "UPDATE alert_deliveries SET due_at = NULL, lease_until = NULL, abandoned_at = ?3"
      " WHERE alert = ?1 AND destination = ?2 AND due_at IS NOT NULL",
      row.alert, row.destination, standing.abandoned_at);
}

void insert_delivery(Database& database, const ledger::NewDelivery& delivery, SystemTime now) {
  database.run(
      "INSERT INTO alert_deliveries (alert, kind, event_id, destination, told_since, due_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
      delivery.row, word(delivery.kind), delivery.event_id, delivery.destination, now);
}

std::vector<Destination> destinations_in_force(Database& database, SystemTime now) {
  std::vector<Destination> in_force;
  Query query = database.query(
      "SELECT name, least FROM certwatch_destinations WHERE announced_at > ?1 ORDER BY name",
      now - announcement_lifetime);
  while (query.next()) in_force.push_back({query.text(0), importance_of(query.view(1))});
  return in_force;
}

}  // namespace certwatch::sqlite
