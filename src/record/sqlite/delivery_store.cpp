#include "record/delivery_store.h"

#include <algorithm>
#include <mutex>

#include "record/sqlite/database.h"
#include "record/sqlite/delivery_rows.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

// A call stays short; the next one goes on where it ended.
constexpr std::int64_t most_given_up_at_once = 1000;

// Of alert_deliveries AS d, at destination ?1: what is due now or later, and follows no verdict
// that is due itself.
const std::string claimable =
    " FROM alert_deliveries AS d WHERE destination = ?1 AND due_at IS NOT NULL"
    " AND (kind = 'verdict' OR NOT EXISTS (SELECT 1 FROM alert_deliveries AS v"
    "   WHERE v.alert = d.alert AND v.destination = d.destination AND v.kind = 'verdict'"
    "   AND v.due_at IS NOT NULL))";
const std::string select_due =
    "SELECT id" + claimable + " AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3";
const std::string select_next = "SELECT due_at" + claimable + " ORDER BY due_at LIMIT 1";

class SqliteDeliveryStore final : public DeliveryStore {
 public:
  explicit SqliteDeliveryStore(const std::string& path) : db_(path) {}

  void hurry() override { db_.hurry(); }

  StoreResult<void> announce(std::span<const Destination> destinations) override {
    const std::lock_guard turn(turn_);
    db_.begin("announce destinations");
    Transaction transaction(db_);
    for (const Destination& one : destinations) {
      db_.run(
          "INSERT INTO certwatch_destinations (name, least, announced_at) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (name) DO UPDATE SET least = ?2, announced_at = ?3",
          one.name, word(one.least), Database::now());
    }
    transaction.commit();
    return db_.result();
  }

  StoreResult<std::vector<Delivery>> claim(const std::string& destination, std::size_t most,
                                           Seconds lease) override {
    const std::lock_guard turn(turn_);
    db_.begin("claim deliveries");
    std::vector<Delivery> claimed;
    const SystemTime now = Database::now();
    // Without a write lock where there is nothing to write.
    if (due(destination, now, 1).empty()) return db_.result(std::move(claimed));
    Transaction transaction(db_);
    for (const std::int64_t id : due(destination, now, most)) {
      db_.run(
          "UPDATE alert_deliveries SET attempts = attempts + 1, due_at = ?2, lease_until = ?2"
          " WHERE id = ?1",
          id, now + lease);
      if (auto told = read_told(db_, id)) claimed.push_back(std::move(*told));
    }
    transaction.commit();
    return db_.result(std::move(claimed));
  }

  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override {
    const std::lock_guard turn(turn_);
    db_.begin("settle a delivery");
    Transaction transaction(db_);
    if (const auto row = read_delivery(db_, delivery.id)) {
      write_standing(db_, *row,
                     ledger::settled(row->standing, delivery.attempt, settlement, Database::now()));
    }
    transaction.commit();
    return db_.result();
  }

  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override {
    const std::lock_guard turn(turn_);
    db_.begin("give up old deliveries");
    std::vector<Delivery> given_up;
    const SystemTime now = Database::now();
    if (old(now, age).empty()) return db_.result(std::move(given_up));
    Transaction transaction(db_);
    for (const std::int64_t id : old(now, age)) {
      if (auto told = give_up(id, age, now)) given_up.push_back(std::move(*told));
    }
    transaction.commit();
    return db_.result(std::move(given_up));
  }

  StoreResult<std::optional<Seconds>> next_due_in(const std::string& destination) override {
    const std::lock_guard turn(turn_);
    db_.begin("look for deliveries");
    std::optional<Seconds> next;
    Query query = db_.query(select_next.c_str(), destination);
    while (query.next()) {
      next = std::max(Seconds{0}, Seconds(query.time(0).value() - Database::now()));
    }
    return db_.result(next);
  }

  StoreResult<OpenCounts> counts() override {
    const std::lock_guard turn(turn_);
    db_.begin("count deliveries");
    OpenCounts counts;
    const SystemTime now = Database::now();
    Query pending = db_.query(
        "SELECT count(*), count(*) FILTER (WHERE decide_at < ?1) FROM alerts"
        " WHERE severity = 'pending'",
        now - std::chrono::seconds(5));
    while (pending.next()) {
      counts.pending = pending.integer(0);
      counts.overdue_verdicts = pending.integer(1);
    }
    for (const Destination& one : destinations_in_force(db_, now)) {
      counts.due[one.name] = count_due(one.name, now);
    }
    return db_.result(std::move(counts));
  }

 private:
  std::vector<std::int64_t> due(const std::string& destination, SystemTime now, std::size_t most) {
    return ids(db_.query(select_due.c_str(), destination, now, static_cast<std::int64_t>(most)));
  }

  // What may be too old: ledger/delivery.h decides.
  std::vector<std::int64_t> old(SystemTime now, Seconds age) {
    return ids(db_.query(
        "SELECT id FROM alert_deliveries WHERE due_at IS NOT NULL"
        " AND max(told_since, coalesce(requeued_at, told_since)) < ?2"
        " AND (lease_until IS NULL OR lease_until <= ?1) AND (attempts > 0 OR destination NOT IN"
        "   (SELECT name FROM certwatch_destinations WHERE announced_at > ?3))"
        " ORDER BY id LIMIT ?4",
        now, now - age, now - announcement_lifetime, most_given_up_at_once));
  }

  static std::vector<std::int64_t> ids(Query query) {
    std::vector<std::int64_t> all;
    while (query.next()) all.push_back(query.integer(0));
    return all;
  }

  std::optional<Delivery> give_up(std::int64_t id, Seconds age, SystemTime now) {
    const auto row = read_delivery(db_, id);
    if (!row) return std::nullopt;
    const auto in_force = destinations_in_force(db_, now);
    const bool is_in_force =
        std::any_of(in_force.begin(), in_force.end(),
                    [&](const Destination& one) { return one.name == row->destination; });
    if (!ledger::is_too_old(row->standing, row->told_since, age, is_in_force, now)) {
      return std::nullopt;
    }
    const Settlement over{Settlement::Kind::given_up, Seconds{0}, row->standing.last_error};
    write_standing(db_, *row, ledger::settled(row->standing, row->standing.attempts, over, now));
    return read_told(db_, id);
  }

  // What an operator asked for again counts from then.
  OpenCounts::Due count_due(const std::string& destination, SystemTime now) {
    OpenCounts::Due due;
    Query query = db_.query(
        "SELECT count(*), min(max(told_since, coalesce(requeued_at, told_since)))"
        " FROM alert_deliveries WHERE destination = ?1 AND due_at IS NOT NULL",
        destination);
    while (query.next()) {
      due.deliveries = query.integer(0);
      if (const auto since = query.time(1)) {
        due.oldest = std::max(Seconds{0}, Seconds(now - *since));
      }
    }
    return due;
  }

  std::mutex turn_;
  Database db_;
};

}  // namespace

std::unique_ptr<DeliveryStore> open_delivery_store(const std::string& path) {
  return std::make_unique<SqliteDeliveryStore>(path);
}

}  // namespace certwatch::sqlite
