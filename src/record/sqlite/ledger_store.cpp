#include "record/ledger_store.h"

#include <map>
#include <set>

#include "record/alert_content.h"
#include "record/sqlite/certificate_rows.h"
#include "record/sqlite/delivery_rows.h"
#include "record/sqlite/issuance_rows.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

using ledger::Changes;
using ledger::Snapshot;

// The rows that matter most first, and one more than a snapshot holds.
const std::string most_important =
    " ORDER BY is_certain DESC, severity = 'info' OR resolved_at IS NOT NULL, id LIMIT " +
    std::to_string(ledger::most_rows_of_a_key + 1);
const std::string rows_by_fingerprint =
    "SELECT id FROM alert_fingerprints AS f JOIN alerts ON id = f.alert WHERE f.fingerprint = ?1" +
    most_important;
const std::string rows_by_tbs_sha256 =
    "SELECT id FROM alerts WHERE tbs_sha256 = ?1" + most_important;
const std::string rows_by_serial_key =
    "SELECT id FROM alerts WHERE issuance_key = ?1" + most_important;
const std::string rows_by_source_key =
    "SELECT id FROM alerts WHERE source_key = ?1" + most_important;

// The numbers of rows: those on record have theirs, new ones are named by negative ones.
class Numbers {
 public:
  // `last`: of the rows there have ever been.
  Numbers(const Changes& changes, std::int64_t last) {
    for (const ledger::NewRow& row : changes.inserts) {
      of_inserts_.push_back(++last);
      of_new_.emplace(row.row.id, last);
    }
  }

  std::int64_t of(std::int64_t id) const { return id < 0 ? of_new_.at(id) : id; }
  // The row as it goes on record.
  IssuanceRow renumbered(IssuanceRow row) const {
    row.id = of(row.id);
    if (row.conflict_with) row.conflict_with = of(*row.conflict_with);
    if (row.refutes) row.refutes = of(*row.refutes);
    return row;
  }
  const RowNumbers& of_inserts() const { return of_inserts_; }

 private:
  RowNumbers of_inserts_;
  std::map<std::int64_t, std::int64_t> of_new_;
};

class SqliteLedgerStore final : public LedgerStore {
 public:
  SqliteLedgerStore(const std::string& path, Access access) : db_(path, access) {}

  void hurry() override { db_.hurry(); }

  StoreResult<void> check_schema() override {
    db_.begin("check the tables");
    for (const char* table :
         {"SELECT issuance_key FROM alerts LIMIT 0", "SELECT sans FROM certs LIMIT 0",
          "SELECT fqdn FROM intent_current LIMIT 0", "SELECT id FROM alert_deliveries LIMIT 0",
          "SELECT least FROM certwatch_destinations LIMIT 0"}) {
      db_.run(table);
    }
    return db_.result();
  }

  StoreResult<Snapshot> look(const Identities& wanted) override {
    db_.begin("look up alerts");
    return db_.result(load(wanted));
  }

  StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) override {
    db_.begin("change alerts");
    Transaction transaction(db_);
    Snapshot snapshot = load(wanted);
    if (db_.failed()) return db_.result(RowNumbers());
    const SystemTime now = snapshot.now;
    const Changes changes = decide(std::move(snapshot));
    const Numbers numbers(changes, last_number());
    apply(changes, numbers, now);
    transaction.commit();
    return db_.result(numbers.of_inserts());
  }

  StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) override {
    db_.begin("find verdicts that are due");
    return rows_of(
        db_.query("SELECT id FROM alerts WHERE severity = 'pending' AND decide_at <= ?1"
                  " ORDER BY decide_at, id LIMIT ?2",
                  Database::now(), static_cast<std::int64_t>(most)));
  }

  StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                        std::size_t most) override {
    db_.begin("find unresolved alerts");
    return rows_of(
        db_.query("SELECT id FROM alerts WHERE severity = 'suspicious' AND resolved_at IS NULL"
                  " AND decided_at > ?1 AND id > ?2 ORDER BY id LIMIT ?3",
                  Database::now() - window, after, static_cast<std::int64_t>(most)));
  }

 private:
  StoreResult<std::vector<IssuanceRow>> rows_of(Query query) {
    std::vector<IssuanceRow> rows;
    while (query.next()) {
      if (auto row = read_issuance(db_, query.integer(0))) rows.push_back(std::move(*row));
    }
    return db_.result(std::move(rows));
  }

  Snapshot load(const Identities& wanted) {
    Snapshot snapshot;
    snapshot.now = Database::now();
    Identities all = wanted;
    for (const std::int64_t number : find(wanted, snapshot.crowded_keys)) {
      auto row = read_issuance(db_, number);
      if (!row) continue;
      all.add(*row);
      add_deliveries(snapshot, number);
      snapshot.rows.push_back(std::move(*row));
    }
    snapshot.inventory = find_certificates(db_, all);
    snapshot.destinations = destinations_in_force(db_, snapshot.now);
    return snapshot;
  }

  std::set<std::int64_t> find(const Identities& wanted, std::vector<std::string>& crowded_keys) {
    std::set<std::int64_t> found;
    // Returns false where there are more than a snapshot holds.
    const auto add = [&found](Query query) {
      for (std::size_t count = 0; query.next(); ++count) {
        if (count == ledger::most_rows_of_a_key) return false;
        found.insert(query.integer(0));
      }
      return true;
    };
    for (const std::string& one : wanted.fingerprints) {
      add(db_.query(rows_by_fingerprint.c_str(), one));
    }
    for (const std::string& one : wanted.tbs_sha256) {
      add(db_.query(rows_by_tbs_sha256.c_str(), one));
    }
    for (const SerialKey& key : wanted.serial_keys) {
      const std::string text = key.text();
      if (!add(db_.query(rows_by_serial_key.c_str(), text))) crowded_keys.push_back(text);
    }
    for (const std::string& one : wanted.source_keys) {
      add(db_.query(rows_by_source_key.c_str(), one));
    }
    for (const std::string& one : wanted.event_ids) {
      add(db_.query("SELECT id FROM alerts WHERE event_id = ?1", one));
    }
    return found;
  }

  void add_deliveries(Snapshot& snapshot, std::int64_t number) {
    Query query = db_.query(
        "SELECT destination, abandoned_at IS NOT NULL FROM alert_deliveries"
        " WHERE alert = ?1 AND kind = 'verdict' ORDER BY id",
        number);
    while (query.next()) {
      snapshot.deliveries.push_back({number, query.text(0), query.boolean(1)});
    }
  }

  std::int64_t last_number() {
    Query query = db_.query("SELECT seq FROM sqlite_sequence WHERE name = 'alerts'");
    return query.next() ? query.integer(0) : 0;
  }

  void apply(const Changes& changes, const Numbers& numbers, SystemTime now) {
    for (const ledger::NewRow& row : changes.inserts) {
      insert_content(row, numbers, now);
      write_issuance(db_, numbers.renumbered(row.row));
    }
    for (const IssuanceRow& row : changes.updates) write_issuance(db_, numbers.renumbered(row));
    for (const std::int64_t row : changes.decided) {
      db_.run("UPDATE alerts SET decided_at = ?2 WHERE id = ?1", numbers.of(row), now);
    }
    for (const std::int64_t row : changes.resolved) {
      db_.run("UPDATE alerts SET resolved_at = ?2 WHERE id = ?1", numbers.of(row), now);
    }
    for (ledger::NewDelivery delivery : changes.deliveries) {
      delivery.row = numbers.of(delivery.row);
      insert_delivery(db_, delivery, now);
    }
  }

  void insert_content(const ledger::NewRow& row, const Numbers& numbers, SystemTime now) {
    const std::int64_t number = numbers.of(row.row.id);
    if (const auto* const own = std::get_if<const AlertContent*>(&row.content)) {
      const AlertContent& content = **own;
      db_.run(
          "INSERT INTO alerts (id, recorded_at, fingerprint, identity_facts, payload, sans,"
          " matched, issuer, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          number, now, content.fingerprint, content.identity_facts, content.message_facts,
          content.sans, content.matched, content.issuer, content.seen_at);
      return;
    }
    const auto& copied = std::get<ledger::ContentOfRow>(row.content);
    const auto& claimed = copied.claimed_fingerprint;
    db_.run(
        "INSERT INTO alerts (id, recorded_at, fingerprint, identity_facts, payload, sans, matched,"
        " issuer, seen_at) SELECT ?1, ?2, coalesce(?3, fingerprint), coalesce(?4, identity_facts),"
        " payload, sans, matched, issuer, seen_at FROM alerts WHERE id = ?5",
        number, now, claimed,
        claimed ? std::optional(claimed_identity_facts(*claimed, copied.is_precertificate))
                : std::nullopt,
        numbers.of(copied.row));
  }

  Database db_;
};

}  // namespace

std::unique_ptr<LedgerStore> open_ledger_store(const std::string& path, Access access) {
  return std::make_unique<SqliteLedgerStore>(path, access);
}

}  // namespace certwatch::sqlite
