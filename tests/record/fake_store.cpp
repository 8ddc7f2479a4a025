// The contract suites run against the fakes that other tests trust.
#include "contract/store_under_test.h"
#include "support/fake_stores.h"

namespace certwatch::contract {
namespace {

class FakeStore final : public StoreUnderTest {
 public:
  std::unique_ptr<LedgerStore> ledger_store() override {
    return std::make_unique<FakeLedgerStore>(database_);
  }
  std::unique_ptr<DeliveryStore> delivery_store() override {
    return std::make_unique<FakeDeliveryStore>(database_);
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

  std::vector<StoredAlert> alerts() override {
    std::vector<StoredAlert> all;
    for (const auto& [number, row] : database_.rows) {
      StoredAlert alert;
      alert.row = number;
      alert.event_id = row.issuance.event_id;
      alert.fingerprint = row.content.fingerprint;
      alert.sans = row.content.sans;
      alert.matched = row.content.matched;
      alert.issuer = row.content.issuer;
      alert.seen_at = row.content.seen_at;
      alert.delivered = row.delivered;
      alert.severity = word(row.issuance.severity);
      alert.identity_facts = row.content.identity_facts;
      alert.message_facts = row.content.message_facts;
      Identities identities;
      identities.add(row.issuance);
      const std::set<std::string> fingerprints(identities.fingerprints.begin(),
                                               identities.fingerprints.end());
      alert.fingerprints.assign(fingerprints.begin(), fingerprints.end());
      all.push_back(std::move(alert));
    }
    return all;
  }

  std::vector<StoredDelivery> deliveries() override {
    std::vector<StoredDelivery> all;
    for (const auto& [id, one] : database_.deliveries) {
      all.push_back({one.alert, word(one.kind), one.event_id, one.destination,
                     one.standing.attempts, one.standing.due_at.has_value(),
                     one.standing.delivered_at.has_value(), one.standing.abandoned_at.has_value(),
                     one.standing.last_error});
    }
    return all;
  }

  void set_watch_list(const std::vector<std::optional<std::string>>& entries) override {
    database_.watch_list = entries;
  }

  std::int64_t add_python_row(std::int64_t seen_at, const std::string& severity) override {
    FakeRow row;
    row.issuance.id = database_.next_row();
    row.issuance.claimed[Sort::certificate] = {"00ff"};
    row.issuance.names = {"a.example"};
    row.issuance.severity =
        severity == word(Severity::info) ? Severity::info : Severity::suspicious;
    row.issuance.matched = R"(["a.example"])";
    row.content = {"00ff", "", "", R"(["a.example"])", R"(["a.example"])", "CA", seen_at};
    row.recorded_at = Seconds{static_cast<double>(seen_at)};
    const std::int64_t number = row.issuance.id;
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
