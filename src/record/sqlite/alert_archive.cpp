#include "record/alert_archive.h"

#include "base/uuid.h"
#include "record/sqlite/delivery_rows.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

// The columns of an AlertRow.
const std::string select =
    "SELECT id, event_id, fingerprint, matched, issuer, severity, known_by, reason, kind,"
    " importance, seen_at, CAST(coalesce(recorded_at, seen_at) AS INTEGER) AS since,"
    " coalesce(resolved_at, decided_at, 0), delivered, resolved_at IS NOT NULL FROM alerts ";
const std::string select_filtered =
    select +
    "WHERE id > ?1 AND (?2 IS NULL OR since >= ?2) AND (?3 IS NULL OR severity = ?3)"
    " ORDER BY id LIMIT ?4";
const std::string select_judged = select +
                                  "WHERE coalesce(resolved_at, decided_at) >= ?1"
                                  " ORDER BY coalesce(resolved_at, decided_at), id LIMIT ?2";

AlertRow read_row(const Query& query) {
  AlertRow row;
  row.row = query.integer(0);
  row.event_id = query.text(1);
  row.fingerprint = query.text(2);
  row.matched = query.text(3);
  row.issuer = query.text(4);
  row.severity = query.text(5);
  row.known_by = query.text(6);
  row.reason = query.text(7);
  row.kind = query.text(8);
  row.importance = query.text(9);
  row.seen_at = query.integer(10);
  row.recorded_at = query.integer(11);
  row.changed_at = query.real(12);
  row.delivered = query.boolean(13);
  row.resolved = query.boolean(14);
  return row;
}

class SqliteAlertArchive final : public AlertArchive {
 public:
  SqliteAlertArchive(const std::string& path, Access access) : db_(path, access) {}

  void hurry() override { db_.hurry(); }

  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override {
    db_.begin("delete old alerts");
    std::size_t pruned = 0;
    Query query = db_.query(
        "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts AS a"
        " WHERE severity <> 'pending' AND coalesce(recorded_at, seen_at) < ?1"
        " AND NOT EXISTS (SELECT 1 FROM alert_deliveries WHERE alert = a.id AND due_at IS NOT NULL)"
        " LIMIT ?2) RETURNING 1",
        Database::now() - retention, static_cast<std::int64_t>(most));
    while (query.next()) ++pruned;
    return db_.result(pruned);
  }

  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override {
    db_.begin("list alerts");
    const auto severity =
        filter.severity ? std::optional(std::string(word(*filter.severity))) : std::nullopt;
    return rows(db_.query(select_filtered.c_str(), filter.after_row, filter.since, severity,
                          static_cast<std::int64_t>(filter.most)));
  }

  StoreResult<std::vector<AlertRow>> judged_since(double changed_at, std::size_t most) override {
    db_.begin("list verdicts");
    return rows(db_.query(select_judged.c_str(), changed_at, static_cast<std::int64_t>(most)));
  }

  StoreResult<bool> requeue(std::int64_t row,
                            const std::optional<std::string>& destination) override {
    db_.begin("requeue an alert");
    Transaction transaction(db_);
    const auto alert = told_alert(row);
    std::vector<std::string> destinations;
    if (alert) destinations = destination ? std::vector{*destination} : destinations_of(row);
    for (const std::string& one : destinations) tell_again(*alert, one);
    transaction.commit();
    return db_.result(!destinations.empty());
  }

 private:
  // An alert that has a verdict, and its events.
  struct Told {
    std::int64_t row = 0;
    std::string event_id;
    std::string resolution_id;  // empty: not resolved
  };

  StoreResult<std::vector<AlertRow>> rows(Query query) {
    std::vector<AlertRow> all;
    while (query.next()) all.push_back(read_row(query));
    return db_.result(std::move(all));
  }

  std::optional<Told> told_alert(std::int64_t row) {
    Query query = db_.query(
        "SELECT event_id, resolved_at IS NOT NULL, (SELECT event_id FROM alert_deliveries"
        "   WHERE alert = ?1 AND kind = 'resolution' LIMIT 1)"
        " FROM alerts WHERE id = ?1 AND event_id IS NOT NULL AND severity <> 'pending'",
        row);
    if (!query.next()) return std::nullopt;
    Told told{row, query.text(0), ""};
    // Where nobody was told of the alert, nobody has been told of its resolution yet.
    if (query.boolean(1)) told.resolution_id = query.is_null(2) ? random_uuid() : query.text(2);
    return told;
  }

  std::vector<std::string> destinations_of(std::int64_t row) {
    std::vector<std::string> all;
    Query query = db_.query(
        "SELECT destination FROM alert_deliveries WHERE alert = ?1 AND kind = 'verdict'", row);
    while (query.next()) all.push_back(query.text(0));
    return all;
  }

  void tell_again(const Told& alert, const std::string& destination) {
    tell_again(alert.row, DeliveryKind::verdict, alert.event_id, destination);
    if (alert.resolution_id.empty()) return;
    tell_again(alert.row, DeliveryKind::resolution, alert.resolution_id, destination);
  }

  void tell_again(std::int64_t row, DeliveryKind kind, const std::string& event_id,
                  const std::string& destination) {
    const SystemTime now = Database::now();
    if (const auto known = read_delivery(db_, event_id, destination)) {
      write_standing(db_, *known, ledger::requeued(known->standing, now));
    } else {
      insert_delivery(db_, {row, kind, event_id, destination}, now);
    }
  }

  Database db_;
};

}  // namespace

std::unique_ptr<AlertArchive> open_alert_archive(const std::string& path, Access access) {
  return std::make_unique<SqliteAlertArchive>(path, access);
}

}  // namespace certwatch::sqlite
