#include "record/delivery_queue.h"

#include <algorithm>
#include <mutex>

#include "base/json_text.h"
#include "record/sqlite/database.h"
#include "record/sqlite/sqlite_stores.h"
#include "record/stored_words.h"

namespace certwatch::sqlite {
namespace {

// A row carries two events after each other: the alert, and, if it was found to be ours after all,
// its resolution. due_at is set while one of them is on its way; `delivered` tells which.

// The columns of a Delivery.
const std::string delivery_columns =
    "id, attempts, CASE WHEN delivered THEN resolution_id ELSE event_id END,"
    " CASE WHEN delivered THEN event_id END,"
    " CASE WHEN delivered THEN 'info' ELSE severity END,"
    " CASE WHEN delivered OR severity = 'info' THEN known_by END,"
    " CASE WHEN NOT delivered THEN reason END, payload, matched";
// What an operator asked for again counts from then.
const std::string known_since =
    "max(coalesce(requeued_at, 0),"
    " coalesce(CASE WHEN delivered THEN resolved_at ELSE decided_at END, 0))";

const std::string claim_one =
    "UPDATE alerts SET attempts = attempts + 1, due_at = ?2, lease_until = ?2 WHERE id = ?1"
    " RETURNING " +
    delivery_columns;
const std::string give_up_old =
    "UPDATE alerts SET due_at = NULL, lease_until = NULL, abandoned_at = ?1"
    " WHERE due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= ?1)"
    " AND (attempts > 0 OR payload IS NULL)"
    " AND " +
    known_since + " < ?2 RETURNING " + delivery_columns;
// The condition and the expression are those of the index alerts_untold. Whatever has been tried
// has attempts; a resolution begins with none.
const std::string untold =
    "SELECT id FROM alerts WHERE due_at IS NULL AND attempts = 0 AND abandoned_at IS NULL"
    " AND payload IS NOT NULL AND severity <> 'pending' AND resolution_delivered_at IS NULL"
    " AND CASE WHEN delivered THEN resolved_at ELSE decided_at END > ?1"
    " ORDER BY CASE WHEN delivered THEN resolved_at ELSE decided_at END, id LIMIT ?2";
const std::string adopt_untold =
    "UPDATE alerts SET due_at = ?3 WHERE id IN (" + untold + ") RETURNING 1";
const std::string count_due = "SELECT count(*), min(" + known_since +
                              ") FROM alerts WHERE due_at IS NOT NULL AND payload IS NOT NULL";

Delivery read_delivery(const Query& query) {
  Delivery delivery;
  delivery.row = query.integer(0);
  delivery.attempt = static_cast<int>(query.integer(1));
  delivery.event_id = query.text(2);
  delivery.resolves = query.optional_text(3);
  delivery.severity = severity_of(query.view(4));
  delivery.known_by = known_by_of(query.view(5));
  delivery.reason = reason_of(query.view(6));
  delivery.payload = query.text(7);
  delivery.matched = query.text(8);
  return delivery;
}

class SqliteDeliveryQueue final : public DeliveryQueue {
 public:
  explicit SqliteDeliveryQueue(const std::string& path) : db_(path) {}

  void hurry() override { db_.hurry(); }

  StoreResult<std::vector<Delivery>> claim(std::size_t most, Seconds lease) override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("claim deliveries"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    // Without a write lock where there is nothing to write.
    if (due(now, 1).empty()) return db_.result(std::vector<Delivery>());
    std::vector<Delivery> claimed;
    Transaction transaction(db_);
    for (const std::int64_t row : due(now, most)) {
      Query query = db_.query(claim_one.c_str(), row, now + lease);
      while (query.next()) claimed.push_back(read_delivery(query));
    }
    transaction.commit();
    return db_.result(std::move(claimed));
  }

  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("settle a delivery"); !begun) return begun;
    const Seconds now = Database::now();
    if (settlement.kind == Settlement::Kind::delivered) {
      settle_delivered(delivery, now);
    } else {
      const bool given_up = settlement.kind == Settlement::Kind::given_up;
      const Seconds delay = std::max(settlement.delay, Seconds{0});
      db_.run(
          "UPDATE alerts SET due_at = ?4, abandoned_at = ?5, lease_until = NULL, last_error = ?6"
          " WHERE id = ?1 AND attempts = ?3 AND due_at IS NOT NULL"
          " AND CASE WHEN delivered THEN resolution_id ELSE event_id END = ?2",
          delivery.row, delivery.event_id, std::int64_t{delivery.attempt},
          given_up ? std::nullopt : std::optional(now + delay),
          given_up ? std::optional(now) : std::nullopt, json::storable_text(settlement.error));
    }
    return db_.result();
  }

  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("give up old deliveries"); !begun) {
      return tl::unexpected(begun.error());
    }
    std::vector<Delivery> given_up;
    const Seconds now = Database::now();
    Query query = db_.query(give_up_old.c_str(), now, now - age);
    while (query.next()) given_up.push_back(read_delivery(query));
    return db_.result(std::move(given_up));
  }

  StoreResult<std::size_t> adopt(Seconds back) override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("adopt deliveries"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    std::size_t adopted = 0;
    {
      // Without a write lock where there is nothing to write.
      Query any = db_.query(untold.c_str(), now - back, std::int64_t{1});
      if (!any.next()) return db_.result(adopted);
    }
    Query query =
        db_.query(adopt_untold.c_str(), now - back, static_cast<std::int64_t>(most_adopted), now);
    while (query.next()) ++adopted;
    return db_.result(adopted);
  }

  StoreResult<std::optional<Seconds>> next_due_in() override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("look for deliveries"); !begun) return tl::unexpected(begun.error());
    std::optional<Seconds> next;
    Query query = db_.query(
        "SELECT due_at FROM alerts WHERE due_at IS NOT NULL AND payload IS NOT NULL"
        " ORDER BY due_at LIMIT 1");
    while (query.next()) next = std::max(Seconds{0}, Seconds{query.real(0)} - Database::now());
    return db_.result(next);
  }

  StoreResult<DeliveryCounts> counts() override {
    const std::lock_guard turn(turn_);
    if (auto begun = db_.begin("count deliveries"); !begun) return tl::unexpected(begun.error());
    DeliveryCounts counts;
    const Seconds now = Database::now();
    Query pending = db_.query(
        "SELECT count(*), count(*) FILTER (WHERE decide_at < ?1) FROM alerts"
        " WHERE severity = 'pending'",
        now - Seconds{5});
    while (pending.next()) {
      counts.pending = pending.integer(0);
      counts.overdue_verdicts = pending.integer(1);
    }
    Query due = db_.query(count_due.c_str());
    while (due.next()) {
      counts.due = due.integer(0);
      if (!due.is_null(1)) counts.oldest_due = std::max(Seconds{0}, now - Seconds{due.real(1)});
    }
    return db_.result(counts);
  }

 private:
  std::vector<std::int64_t> due(Seconds now, std::size_t most) {
    std::vector<std::int64_t> rows;
    Query query = db_.query(
        "SELECT id FROM alerts WHERE due_at <= ?1 AND payload IS NOT NULL"
        " ORDER BY due_at, id LIMIT ?2",
        now, static_cast<std::int64_t>(most));
    while (query.next()) rows.push_back(query.integer(0));
    return rows;
  }

  // Its resolution, if there is one already, is next.
  void settle_delivered(const Delivery& delivery, Seconds now) {
    Transaction transaction(db_);
    db_.run(
        "UPDATE alerts SET resolution_delivered_at = ?3, due_at = NULL, lease_until = NULL,"
        " abandoned_at = NULL, last_error = NULL"
        " WHERE id = ?1 AND resolution_id = ?2 AND delivered AND resolution_delivered_at IS NULL",
        delivery.row, delivery.event_id, now);
    db_.run(
        "UPDATE alerts SET delivered = 1, delivered_at = ?3, lease_until = NULL,"
        " abandoned_at = NULL, last_error = NULL,"
        " due_at = CASE WHEN resolution_id IS NOT NULL AND resolution_delivered_at IS NULL"
        "   THEN ?3 END,"
        " attempts = CASE WHEN resolution_id IS NOT NULL AND resolution_delivered_at IS NULL"
        "   THEN 0 ELSE attempts END"
        " WHERE id = ?1 AND event_id = ?2 AND NOT delivered",
        delivery.row, delivery.event_id, now);
    transaction.commit();
  }

  std::mutex turn_;
  Database db_;
};

}  // namespace

std::unique_ptr<DeliveryQueue> open_delivery_queue(const std::string& path) {
  return std::make_unique<SqliteDeliveryQueue>(path);
}

}  // namespace certwatch::sqlite
