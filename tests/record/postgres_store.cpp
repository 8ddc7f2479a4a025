// The contract suites run against PostgreSQL.
#include "contract/store_under_test.h"
#include "contract/stored_rows.h"
#include "record/postgres/alert_archive.h"
#include "record/postgres/delivery_store.h"
#include "record/postgres/inventory.h"
#include "record/postgres/ledger_store.h"
#include "record/postgres/watch_source.h"
#include "support/postgres_database.h"

namespace certwatch::contract {
namespace {

// One database for all tests of the program: making one takes longer than most tests.
PostgresDatabase& database() {
  static PostgresDatabase one;
  return one;
}

class PostgresStore final : public StoreUnderTest {
 public:
  PostgresStore() {
    // On tables this small faster than TRUNCATE.
    sql().run(
        "DELETE FROM public.alerts; DELETE FROM public.alert_deliveries;"
        " DELETE FROM public.certwatch_destinations; DELETE FROM public.certs;"
        " DELETE FROM public.intent_current; ALTER SEQUENCE public.alerts_id_seq RESTART");
  }

  std::unique_ptr<LedgerStore> ledger_store() override {
    return std::make_unique<postgres::PostgresLedgerStore>(database().secret());
  }
  std::unique_ptr<DeliveryStore> delivery_store() override {
    return std::make_unique<postgres::PostgresDeliveryStore>(database().secret());
  }
  std::unique_ptr<AlertArchive> alert_archive() override {
    return std::make_unique<postgres::PostgresAlertArchive>(database().secret());
  }
  std::unique_ptr<Inventory> inventory() override {
    return std::make_unique<postgres::PostgresInventory>(database().secret());
  }
  std::unique_ptr<WatchSource> watch_source() override {
    return std::make_unique<postgres::PostgresWatchSource>(database().secret());
  }

  void pass_time(Seconds time) override {
    for (const std::string& statement :
         make_older("make_interval(secs => $1::float8)", "public.")) {
      sql().run(statement, {std::to_string(time.count())});
    }
  }

  std::vector<StoredAlert> alerts() override {
    std::vector<StoredAlert> all;
    for (const auto& row :
         sql().run(select_alerts("array_to_string(fingerprints, E'\\n')", "public."))) {
      all.push_back(stored_alert(row));
    }
    return all;
  }

  std::vector<StoredDelivery> deliveries() override {
    std::vector<StoredDelivery> all;
    for (const auto& row : sql().run(select_deliveries("public."))) {
      all.push_back(contract::stored_delivery(row));
    }
    return all;
  }

  void set_watch_list(const std::vector<std::optional<std::string>>& entries) override {
    sql().run("TRUNCATE public.intent_current");
    for (const auto& entry : entries) {
      if (entry) {
        sql().run("INSERT INTO public.intent_current (fqdn) VALUES ($1)", {*entry});
      } else {
        sql().run("INSERT INTO public.intent_current (fqdn) VALUES (NULL)");
      }
    }
  }

  std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) override {
    return std::stoll(sql().value(
        "INSERT INTO public.alerts (fingerprint, sans, matched, issuer, seen_at, severity)"
        " VALUES ('00ff', '[\"a.example\"]', '[\"a.example\"]', 'CA', $1::bigint, $2) RETURNING id",
        {std::to_string(seen_at), severity}));
  }

  std::int64_t now() override {
    return std::stoll(sql().value("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint"));
  }

 private:
  static PostgresConsole& sql() { return database().console(); }
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_store() {
  return std::make_unique<PostgresStore>();
}

}  // namespace certwatch::contract
