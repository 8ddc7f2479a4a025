#include "record/alert_archive.h"

#include "record/sqlite/database.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

class SqliteAlertArchive final : public AlertArchive {
 public:
  SqliteAlertArchive(const std::string& path, Access access) : db_(path, access) {}

  void hurry() override { db_.hurry(); }

  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override {
    if (auto begun = db_.begin("delete old alerts"); !begun) return tl::unexpected(begun.error());
    std::size_t pruned = 0;
    Query query = db_.query(
        "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts"
        " WHERE severity <> 'pending' AND due_at IS NULL AND coalesce(recorded_at, seen_at) < ?1"
        " LIMIT ?2) RETURNING 1",
        Database::now() - retention, static_cast<std::int64_t>(most));
    while (query.next()) ++pruned;
    return db_.result(pruned);
  }

  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override {
    if (auto begun = db_.begin("list alerts"); !begun) return tl::unexpected(begun.error());
    const auto severity =
        filter.severity ? std::optional(std::string(word(*filter.severity))) : std::nullopt;
    Query query = db_.query(
        "SELECT id, event_id, fingerprint, matched, issuer, severity, known_by, reason, seen_at,"
        " CAST(coalesce(recorded_at, seen_at) AS INTEGER) AS since, delivered,"
        " resolved_at IS NOT NULL FROM alerts"
        " WHERE id > ?1 AND (?2 IS NULL OR since >= ?2) AND (?3 IS NULL OR severity = ?3)"
        " ORDER BY id LIMIT ?4",
        filter.after_row, filter.since, severity, static_cast<std::int64_t>(filter.most));
    std::vector<AlertRow> rows;
    while (query.next()) {
      AlertRow row;
      row.row = query.integer(0);
      row.event_id = query.text(1);
      row.fingerprint = query.text(2);
      row.matched = query.text(3);
      row.issuer = query.text(4);
      row.severity = query.text(5);
      row.known_by = query.text(6);
      row.reason = query.text(7);
      row.seen_at = query.integer(8);
      row.recorded_at = query.integer(9);
      row.delivered = query.boolean(10);
      row.resolved = query.boolean(11);
      rows.push_back(std::move(row));
    }
    return db_.result(std::move(rows));
  }

  // What is still due is only hastened; an attempt under way decides for itself. What was delivered
  // goes out again, followed by its resolution: that shall be the receiver's last word.
  StoreResult<bool> requeue(std::int64_t row) override {
    if (auto begun = db_.begin("requeue an alert"); !begun) return tl::unexpected(begun.error());
    bool is_there = false;
    Query query = db_.query(
        "UPDATE alerts SET"
        " due_at = CASE WHEN due_at IS NOT NULL AND lease_until > ?2 THEN due_at ELSE ?2 END,"
        " attempts = CASE WHEN due_at IS NULL THEN 0 ELSE attempts END,"
        " delivered = delivered AND due_at IS NOT NULL,"
        " delivered_at = CASE WHEN due_at IS NOT NULL THEN delivered_at END,"
        " resolution_delivered_at = CASE WHEN due_at IS NOT NULL THEN resolution_delivered_at END,"
        " abandoned_at = NULL, requeued_at = ?2"
        " WHERE id = ?1 AND payload IS NOT NULL AND severity IN ('info', 'suspicious')"
        " RETURNING id",
        row, Database::now());
    while (query.next()) is_there = true;
    return db_.result(is_there);
  }

 private:
  Database db_;
};

}  // namespace

std::unique_ptr<AlertArchive> open_alert_archive(const std::string& path, Access access) {
  return std::make_unique<SqliteAlertArchive>(path, access);
}

}  // namespace certwatch::sqlite
