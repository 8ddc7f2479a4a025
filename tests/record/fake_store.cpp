// The contract suites run against the fakes that other tests trust.
#include "contract/store_under_test.h"
#include "support/fake_stores.h"

namespace certwatch::contract {
namespace {

class FakeStore final : public StoreUnderTest {
 public:
  std::unique_ptr<AlertStore> alert_store() override {
    return std::make_unique<FakeAlertStore>(database_);
  }
  std::unique_ptr<DeliveryQueue> delivery_queue() override {
    return std::make_unique<FakeDeliveryQueue>(database_);
  }
  std::unique_ptr<AlertArchive> alert_archive() override {
    return std::make_unique<FakeAlertArchive>(database_);
  }
  std::unique_ptr<Inventory> inventory() override {
    return std::make_unique<FakeInventory>(database_);
  }
  std::unique_ptr<WatchSource> watch_source() override {
    return std::make_unique<FakeWatchSource>(database_);
  }

  void pass_time(Seconds time) override { database_.now += time; }

  std::vector<StoredAlert> rows() override {
    std::vector<StoredAlert> all;
    for (const auto& [number, row] : database_.rows) {
      StoredAlert alert;
      alert.row = number;
      alert.event_id = row.alert.event_id;
      alert.fingerprint = row.alert.identity.fingerprint;
      alert.sans = row.alert.sans;
      alert.matched = row.alert.matched;
      alert.issuer = row.alert.issuer;
      alert.seen_at = row.alert.seen_at;
      alert.delivered = row.delivered;
      alert.severity = word(row.severity);
      alert.payload = row.alert.payload;
      alert.known_by = row.known_by ? word(*row.known_by) : "";
      alert.reason = row.reason ? word(*row.reason) : "";
      alert.fingerprints = row.known.fingerprints;
      alert.tbs_sha256 = row.known.tbs_sha256;
      alert.provisional = row.known.is_provisional;
      alert.confirms = row.known.confirms;
      alert.attempts = row.attempts;
      alert.last_error = row.last_error;
      alert.is_decided = row.decided_at.has_value();
      alert.is_due = row.due_at.has_value();
      alert.is_abandoned = row.abandoned;
      alert.is_resolved = row.resolved_at.has_value();
      alert.is_resolution_delivered = row.resolution_delivered;
      all.push_back(std::move(alert));
    }
    return all;
  }

  void set_watch_list(const std::vector<std::optional<std::string>>& entries) override {
    database_.watch_list = entries;
  }

  std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) override {
    FakeRow row;
    row.is_python = true;
    row.known.row = database_.next_row();
    row.known.fingerprints = {"00ff"};
    row.alert.identity.fingerprint = "00ff";
    row.alert.sans = row.alert.matched = R"(["a.example"])";
    row.alert.issuer = "CA";
    row.alert.seen_at = seen_at;
    row.severity = severity == word(Severity::info) ? Severity::info : Severity::suspicious;
    const std::int64_t number = row.known.row;
    database_.rows.emplace(number, std::move(row));
    return number;
  }

  std::int64_t now() override { return static_cast<std::int64_t>(database_.now.count()); }

 private:
  FakeDatabase database_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_store() {
  return std::make_unique<FakeStore>();
}

}  // namespace certwatch::contract
