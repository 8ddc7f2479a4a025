// Matches that arrive at a store by way of the ledger, as the service puts them on record.
#pragma once

#include <optional>
#include <string>

#include "base/uuid.h"
#include "ledger/ledger.h"
#include "record/ledger_store.h"

namespace certwatch {

// A certificate with DER that shares nothing with one of another name.
inline ledger::Arrival certificate(const std::string& name) {
  ledger::Arrival arrival;
  arrival.event_id = random_uuid();
  arrival.identity.fingerprints = {"c" + name};
  arrival.identity.tbs_sha256 = "tbs of " + name;
  arrival.identity.serial_key = SerialKey{"abc" + name, 1000, 2000};
  arrival.identity.names = {"example.org", "www.example.org"};
  arrival.content.fingerprint = "c" + name;
  arrival.content.identity_facts = R"("fingerprint_sha1":"c)" + name + '"';
  arrival.content.message_facts = R"("all_sans":["example.org","www.example.org"])";
  arrival.content.sans = R"(["example.org","www.example.org"])";
  arrival.content.matched = R"(["example.org"])";
  arrival.content.issuer = "Test CA";
  arrival.content.seen_at = 1700000000;
  return arrival;
}

inline ledger::Arrival precertificate(const std::string& name) {
  ledger::Arrival arrival = certificate(name);
  arrival.identity.fingerprints = {"p" + name};
  arrival.identity.is_precertificate = true;
  return arrival;
}

// What became of one arrival: its row has the database's number.
struct Arrived {
  ledger::Recorded recorded;
  std::vector<Verdict> verdicts;
  bool inventory_answered = false;
};

inline StoreResult<Arrived> try_to_record(LedgerStore& store, const ledger::Arrival& arrival) {
  Identities wanted;
  wanted.add(arrival.identity);
  wanted.event_ids.push_back(arrival.event_id);
  Arrived arrived;
  const auto numbers = store.change(wanted, [&](ledger::Snapshot snapshot) {
    arrived.inventory_answered = snapshot.inventory_answered;
    ledger::Ledger ledger(std::move(snapshot), {Seconds{10}, random_uuid});
    arrived.recorded = ledger.arrive(arrival);
    arrived.verdicts = ledger.verdicts();
    return ledger.changes();
  });
  if (!numbers) return tl::unexpected(numbers.error());
  std::int64_t& row = arrived.recorded.row;
  if (row < 0) row = numbers->at(static_cast<std::size_t>(-row - 1));
  return arrived;
}

// The verdicts of all whose grace window is over.
inline StoreResult<std::vector<Verdict>> give_verdicts(LedgerStore& store) {
  const auto overdue = store.pick_overdue(100);
  if (!overdue) return tl::unexpected(overdue.error());
  std::vector<Verdict> verdicts;
  for (const IssuanceRow& row : *overdue) {
    Identities wanted;
    wanted.add(row);
    const auto changed = store.change(wanted, [&](ledger::Snapshot snapshot) {
      ledger::Ledger ledger(std::move(snapshot), {Seconds{10}, random_uuid});
      ledger.grace_over(row.id);
      for (const Verdict& one : ledger.verdicts()) verdicts.push_back(one);
      return ledger.changes();
    });
    if (!changed) return tl::unexpected(changed.error());
  }
  return verdicts;
}

}  // namespace certwatch
