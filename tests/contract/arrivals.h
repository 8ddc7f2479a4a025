// Alerts as they might arrive, for the contract suites.
#pragma once

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "base/uuid.h"
#include "classify/issuance.h"
#include "contract/store_under_test.h"

namespace certwatch::contract {

// Ours, as the inventory has it.
inline InventoryCertificate inventory_certificate(const std::string& fingerprint) {
  InventoryCertificate one;
  one.fingerprint_sha1 = fingerprint;
  one.serial = "0A:BC";
  one.sans = {"www.example.org", "example.org"};
  one.not_before = 1000;
  one.not_after = 2000;
  one.source = "test";
  return one;
}

// A certificate with DER, with the serial, validity and names of inventory_certificate(). Its
// identities are made from `issuance` and `fingerprint`.
inline NewAlert certificate(const std::string& issuance, const std::string& fingerprint) {
  NewAlert alert;
  alert.event_id = random_uuid();
  alert.identity.fingerprint = fingerprint;
  alert.identity.tbs_sha256 = "tbs of " + issuance;
  alert.identity.serial_key = "serial key abc";
  alert.identity.source_key = "source of " + fingerprint;
  alert.identity.serial = "abc";
  alert.identity.not_before = 1000;
  alert.identity.not_after = 2000;
  alert.payload = R"("fingerprint_sha1":")" + fingerprint + '"';
  alert.sans = R"(["example.org","www.example.org"])";
  alert.matched = R"(["example.org"])";
  alert.issuer = "Test CA";
  alert.seen_at = 1700000000;
  return alert;
}

inline NewAlert precertificate(const std::string& issuance, const std::string& fingerprint) {
  NewAlert alert = certificate(issuance, fingerprint);
  alert.identity.is_precertificate = true;
  alert.identity.may_be_ours_by_serial = true;
  return alert;
}

// As a feed without DER tells it.
inline NewAlert without_der(NewAlert alert) {
  alert.identity.tbs_sha256.clear();
  return alert;
}

inline NewAlert with_serial(NewAlert alert, const std::string& serial) {
  alert.identity.serial = serial;
  alert.identity.serial_key = "serial key " + serial;
  return alert;
}

// The value; a failure of the store fails the test with its message.
template <class T>
T must(StoreResult<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// One store, one queue and one inventory over the store under test; failures fail the test.
class Desk {
 public:
  explicit Desk(StoreUnderTest& store)
      : store_(store),
        alerts(store.alert_store()),
        queue(store.delivery_queue()),
        inventory(store.inventory()) {}

  std::vector<Recorded> record(const std::vector<NewAlert>& batch) {
    return must(alerts->record(batch, place, options));
  }
  Recorded record(const NewAlert& alert) { return record(std::vector{alert}).front(); }
  std::vector<Verdict> judge() { return must(alerts->judge_due(options, 100)); }
  std::vector<Verdict> resolve() { return must(alerts->resolve_late(Seconds{86400}, options)); }
  std::vector<Delivery> claim() { return must(queue->claim(100, Seconds{15})); }
  void settle(const Delivery& delivery, Settlement::Kind kind, Seconds delay = Seconds{0},
              const std::string& error = "") {
    must(queue->settle(delivery, {kind, delay, error}));
  }
  void know(const InventoryCertificate& one) { must(inventory->add(one)); }
  void know(const std::string& fingerprint) { know(inventory_certificate(fingerprint)); }
  void pass_time(double seconds) { store_.pass_time(Seconds{seconds}); }
  StoredAlert row(std::int64_t number) {
    for (StoredAlert& one : store_.rows()) {
      if (one.row == number) return one;
    }
    return {};
  }
  std::vector<StoredAlert> rows() { return store_.rows(); }

 private:
  StoreUnderTest& store_;

 public:
  JudgeOptions options;
  std::unique_ptr<AlertStore> alerts;
  std::unique_ptr<DeliveryQueue> queue;
  std::unique_ptr<Inventory> inventory;
};

}  // namespace certwatch::contract
