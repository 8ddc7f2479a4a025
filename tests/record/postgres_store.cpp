// The contract suites run against PostgreSQL.
#include "contract/store_under_test.h"
#include "record/postgres/alert_archive.h"
#include "record/postgres/alert_store.h"
#include "record/postgres/delivery_queue.h"
#include "record/postgres/inventory.h"
#include "record/postgres/watch_source.h"
#include "support/postgres_database.h"

namespace certwatch::contract {
namespace {

// One database for all tests of the program: making one takes longer than most tests.
PostgresDatabase& database() {
  static PostgresDatabase one;
  return one;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class PostgresStore final : public StoreUnderTest {
 public:
  PostgresStore() {
    // On tables this small faster than TRUNCATE.
    sql().run(
        "DELETE FROM public.alerts; DELETE FROM public.certs;"
        " DELETE FROM public.intent_current; ALTER SEQUENCE public.alerts_id_seq RESTART");
  }

  std::unique_ptr<AlertStore> alert_store() override {
    return std::make_unique<postgres::PostgresAlertStore>(database().secret());
  }
  std::unique_ptr<DeliveryQueue> delivery_queue() override {
    return std::make_unique<postgres::PostgresDeliveryQueue>(database().secret());
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
    std::string sets;
    for (const char* column :
         {"recorded_at", "decide_at", "decided_at", "due_at", "lease_until", "delivered_at",
          "abandoned_at", "requeued_at", "resolved_at", "resolution_delivered_at"}) {
      sets += std::string(sets.empty() ? "" : ", ") + column + " = " + column +
              " - make_interval(secs => $1::float8)";
    }
    sql().run("UPDATE public.alerts SET " + sets, {std::to_string(time.count())});
  }

  std::vector<StoredAlert> rows() override {
    std::vector<StoredAlert> all;
    for (const auto& row :
         sql().run("SELECT id, event_id, fingerprint, sans, matched, issuer, seen_at, delivered, "
                   "severity,"
                   " payload, known_by, reason, array_to_string(fingerprints, E'\\n'), tbs_sha256,"
                   " provisional, confirms, attempts, last_error, decided_at, due_at, abandoned_at,"
                   " resolved_at, resolution_delivered_at FROM public.alerts ORDER BY id")) {
      const auto text = [&row](std::size_t column) { return row[column].value_or(""); };
      StoredAlert alert;
      alert.row = std::stoll(text(0));
      alert.event_id = text(1);
      alert.fingerprint = text(2);
      alert.sans = text(3);
      alert.matched = text(4);
      alert.issuer = row[5];
      alert.seen_at = std::stoll(text(6));
      alert.delivered = text(7) == "t";
      alert.severity = text(8);
      alert.payload = text(9);
      alert.known_by = text(10);
      alert.reason = text(11);
      alert.fingerprints = split_lines(text(12));
      alert.tbs_sha256 = text(13);
      alert.provisional = text(14) == "t";
      if (row[15]) alert.confirms = std::stoll(*row[15]);
      alert.attempts = std::stoi(text(16));
      alert.last_error = text(17);
      alert.is_decided = row[18].has_value();
      alert.is_due = row[19].has_value();
      alert.is_abandoned = row[20].has_value();
      alert.is_resolved = row[21].has_value();
      alert.is_resolution_delivered = row[22].has_value();
      all.push_back(std::move(alert));
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
