// The contract suites run against the embedded database.
#include <atomic>
#include <cmath>
#include <filesystem>
#include <sqlite3.h>
#include <stdexcept>
#include <unistd.h>

#include "contract/store_under_test.h"
#include "record/sqlite/sqlite_stores.h"
#include "support/sqlite_console.h"

namespace certwatch::contract {
namespace {

class SqliteStore final : public StoreUnderTest {
 public:
  SqliteStore() : console_(file_.path()) { sqlite::open_alert_store(file_.path())->check_schema(); }

  std::unique_ptr<AlertStore> alert_store() override {
    return sqlite::open_alert_store(file_.path());
  }
  std::unique_ptr<DeliveryQueue> delivery_queue() override {
    return sqlite::open_delivery_queue(file_.path());
  }
  std::unique_ptr<AlertArchive> alert_archive() override {
    return sqlite::open_alert_archive(file_.path());
  }
  std::unique_ptr<Inventory> inventory() override { return sqlite::open_inventory(file_.path()); }
  std::unique_ptr<WatchSource> watch_source() override {
    return sqlite::open_watch_source(file_.path());
  }

  void pass_time(Seconds time) override {
    std::string sets;
    for (const char* column :
         {"recorded_at", "decide_at", "decided_at", "due_at", "lease_until", "delivered_at",
          "abandoned_at", "requeued_at", "resolved_at", "resolution_delivered_at"}) {
      sets += std::string(sets.empty() ? "" : ", ") + column + " = " + column + " - " +
              std::to_string(time.count());
    }
    console_.run("UPDATE alerts SET " + sets);
  }

  std::vector<StoredAlert> rows() override {
    std::vector<StoredAlert> all;
    for (const auto& row : console_.run(
             "SELECT id, event_id, fingerprint, sans, matched, issuer, seen_at, delivered, "
             "severity,"
             " payload, known_by, reason, tbs_sha256, provisional, confirms, attempts, last_error,"
             " decided_at, due_at, abandoned_at, resolved_at, resolution_delivered_at FROM alerts"
             " ORDER BY id")) {
      const auto text = [&row](std::size_t column) { return row[column].value_or(""); };
      StoredAlert alert;
      alert.row = std::stoll(text(0));
      alert.event_id = text(1);
      alert.fingerprint = text(2);
      alert.sans = text(3);
      alert.matched = text(4);
      alert.issuer = row[5];
      alert.seen_at = std::stoll(text(6));
      alert.delivered = text(7) == "1";
      alert.severity = text(8);
      alert.payload = text(9);
      alert.known_by = text(10);
      alert.reason = text(11);
      for (const auto& print :
           console_.run("SELECT value FROM json_each((SELECT fingerprints FROM alerts WHERE id = " +
                        text(0) + "))")) {
        alert.fingerprints.push_back(print[0].value_or(""));
      }
      alert.tbs_sha256 = text(12);
      alert.provisional = text(13) == "1";
      if (row[14]) alert.confirms = std::stoll(*row[14]);
      alert.attempts = std::stoi(text(15));
      alert.last_error = text(16);
      alert.is_decided = row[17].has_value();
      alert.is_due = row[18].has_value();
      alert.is_abandoned = row[19].has_value();
      alert.is_resolved = row[20].has_value();
      alert.is_resolution_delivered = row[21].has_value();
      all.push_back(std::move(alert));
    }
    return all;
  }

  void set_watch_list(const std::vector<std::optional<std::string>>& entries) override {
    console_.run("DELETE FROM intent_current");
    for (const auto& entry : entries) {
      console_.run("INSERT INTO intent_current (fqdn) VALUES (?)", {entry});
    }
  }

  std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) override {
    console_.run(
        "INSERT INTO alerts (fingerprint, sans, matched, issuer, seen_at, severity)"
        " VALUES ('00ff', '[\"a.example\"]', '[\"a.example\"]', 'CA', CAST(? AS INTEGER), ?)",
        {std::to_string(seen_at), severity});
    return std::stoll(console_.run("SELECT max(id) FROM alerts").at(0).at(0).value());
  }

  std::int64_t now() override {
    return std::stoll(console_.run("SELECT strftime('%s', 'now')").at(0).at(0).value());
  }

 private:
  SqliteFile file_;
  SqliteConsole console_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_store() {
  return std::make_unique<SqliteStore>();
}

}  // namespace certwatch::contract
