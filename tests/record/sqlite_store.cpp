// The contract suites run against the embedded database.
#include "contract/store_under_test.h"
#include "contract/stored_rows.h"
#include "record/sqlite/sqlite_stores.h"
#include "support/sqlite_console.h"

namespace certwatch::contract {
namespace {

class SqliteStore final : public StoreUnderTest {
 public:
  SqliteStore() : console_(file_.path()) {
    sqlite::open_ledger_store(file_.path())->check_schema();
  }

  std::unique_ptr<LedgerStore> ledger_store() override {
    return sqlite::open_ledger_store(file_.path());
  }
  std::unique_ptr<DeliveryStore> delivery_store() override {
    return sqlite::open_delivery_store(file_.path());
  }
  std::unique_ptr<AlertArchive> alert_archive() override {
    return sqlite::open_alert_archive(file_.path());
  }
  std::unique_ptr<Inventory> inventory() override { return sqlite::open_inventory(file_.path()); }
  std::unique_ptr<WatchSource> watch_source() override {
    return sqlite::open_watch_source(file_.path());
  }

  void pass_time(Seconds time) override {
    for (const std::string& one : make_older(std::to_string(time.count()))) console_.run(one);
  }

  std::vector<StoredAlert> alerts() override {
    std::vector<StoredAlert> all;
    for (const auto& row : console_.run(select_alerts(
             "(SELECT group_concat(value, char(10)) FROM json_each(fingerprints))"))) {
      all.push_back(stored_alert(row));
    }
    return all;
  }

  std::vector<StoredDelivery> deliveries() override {
    std::vector<StoredDelivery> all;
    for (const auto& row : console_.run(select_deliveries())) all.push_back(stored_delivery(row));
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
