// Rows and changes as the ledger might want them, and a desk from which a suite applies them.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "contract/store_under_test.h"

namespace certwatch::contract {

using ledger::Changes;
using ledger::Snapshot;

// Ours, as an inventory might have it.
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

inline AlertContent content(const std::string& name) {
  AlertContent one;
  one.fingerprint = "c" + name;
  one.identity_facts = R"("fingerprint_sha1":"c)" + name + '"';
  one.message_facts = R"("all_sans":["example.org"],"source_log":"log of )" + name + '"';
  one.sans = R"(["example.org","www.example.org"])";
  one.matched = R"(["example.org"])";
  one.issuer = "Test CA";
  one.seen_at = 1700000000;
  return one;
}

// A pending row that shares no identity with a row of another name.
inline IssuanceRow issuance(const std::string& name) {
  IssuanceRow row;
  row.id = -1;
  row.event_id = random_uuid();
  row.serial_key = SerialKey{"serial of " + name, 1000, 2000};
  row.names = {"example.org", "www.example.org"};
  row.tbs_sha256 = "tbs of " + name;
  row.computed[Sort::certificate] = {"c" + name};
  row.matched = R"(["example.org"])";
  return row;
}

inline IssuanceRow as_info(IssuanceRow row) {
  row.severity = Severity::info;
  row.known_by = KnownBy::fingerprint;
  return row;
}

inline IssuanceRow as_suspicious(IssuanceRow row) {
  row.severity = Severity::suspicious;
  row.reason = Reason::unknown;
  return row;
}

inline Identities by_event(const std::string& event_id) {
  Identities wanted;
  wanted.event_ids = {event_id};
  return wanted;
}

inline Identities by_fingerprint(const std::string& fingerprint) {
  Identities wanted;
  wanted.fingerprints = {fingerprint};
  return wanted;
}

// The value; a failure of the store fails the test with its message.
template <class T>
T must(StoreResult<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// One session of each port over the store under test. Failures fail the test.
class Desk {
 public:
  explicit Desk(StoreUnderTest& store)
      : store_(store),
        ledger(store.ledger_store()),
        deliveries(store.delivery_store()),
        archive(store.alert_archive()) {}

  // Puts one row on record. What has a verdict is told at every destination in force.
  std::int64_t put(const IssuanceRow& row, const AlertContent& told) {
    return must(ledger->change(by_event(row.event_id),
                               [&](const Snapshot& found) {
                                 Changes changes;
                                 changes.inserts.push_back({row, &told});
                                 if (row.severity == Severity::pending) return changes;
                                 changes.decided.push_back(row.id);
                                 for (const Destination& one : found.destinations) {
                                   changes.deliveries.push_back(
                                       {row.id, DeliveryKind::verdict, row.event_id, one.name});
                                 }
                                 return changes;
                               }))
        .at(0);
  }
  std::int64_t put(const IssuanceRow& row) { return put(row, content("a")); }

  void update(const IssuanceRow& row) {
    must(ledger->change(by_event(row.event_id), [&](const Snapshot&) {
      Changes changes;
      changes.updates.push_back(row);
      return changes;
    }));
  }

  // A suspicious row turns out to be ours. Returns the id of the event that says so.
  std::string resolve(const std::string& event_id) {
    const std::string resolution = random_uuid();
    must(ledger->change(by_event(event_id), [&](const Snapshot& found) {
      Changes changes;
      IssuanceRow row = found.rows.at(0);
      row.is_resolved = true;
      row.known_by = KnownBy::fingerprint;
      changes.resolved.push_back(row.id);
      for (const ledger::VerdictDelivery& one : found.deliveries) {
        if (one.is_given_up) continue;
        changes.deliveries.push_back(
            {row.id, DeliveryKind::resolution, resolution, one.destination});
      }
      changes.updates.push_back(std::move(row));
      return changes;
    }));
    return resolution;
  }

  Snapshot look(const Identities& wanted) { return must(ledger->look(wanted)); }
  IssuanceRow row(const std::string& event_id) { return look(by_event(event_id)).rows.at(0); }

  void announce(const std::vector<Destination>& destinations) {
    must(deliveries->announce(destinations));
  }
  std::vector<Delivery> claim(const std::string& destination = "webhook") {
    return must(deliveries->claim(destination, 100, Seconds{15}));
  }
  void settle(const Delivery& delivery, Settlement::Kind kind, Seconds delay = Seconds{0},
              const std::string& error = "") {
    must(deliveries->settle(delivery, {kind, delay, error}));
  }
  void pass_time(double seconds) { store_.pass_time(Seconds{seconds}); }

  StoredAlert stored(std::int64_t number) {
    for (StoredAlert& one : store_.alerts()) {
      if (one.row == number) return one;
    }
    throw std::runtime_error("no such row");
  }
  StoredDelivery stored_delivery(const std::string& event_id,
                                 const std::string& destination = "webhook") {
    for (StoredDelivery& one : store_.deliveries()) {
      if (one.event_id == event_id && one.destination == destination) return one;
    }
    throw std::runtime_error("no such delivery");
  }

 private:
  StoreUnderTest& store_;

 public:
  std::unique_ptr<LedgerStore> ledger;
  std::unique_ptr<DeliveryStore> deliveries;
  std::unique_ptr<AlertArchive> archive;
};

// A store of its own, and a desk over it, with these destinations in force.
class Scene {
 public:
  explicit Scene(const std::vector<Destination>& destinations) : store(make_store()), desk(*store) {
    desk.announce(destinations);
  }
  Scene() : Scene(std::vector<Destination>{{"webhook", Importance::info}}) {}

  // Returns the row with its number.
  IssuanceRow put(IssuanceRow row) {
    row.id = desk.put(row);
    return row;
  }
  // Alerts of issuances of their own, due.
  IssuanceRow put_info(const std::string& name) { return put(as_info(issuance(name))); }
  IssuanceRow put_suspicious(const std::string& name) { return put(as_suspicious(issuance(name))); }

  Delivery claim_one(const std::string& destination = "webhook") {
    const auto claimed = desk.claim(destination);
    if (claimed.size() != 1) throw std::runtime_error("claimed " + std::to_string(claimed.size()));
    return claimed.front();
  }
  void deliver_all(const std::string& destination = "webhook") {
    for (const Delivery& one : desk.claim(destination)) {
      desk.settle(one, Settlement::Kind::delivered);
    }
  }

  std::unique_ptr<StoreUnderTest> store;
  Desk desk;
};

}  // namespace certwatch::contract
