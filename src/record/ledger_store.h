// Port: where alerts are on record. What an event does to them is decided in ledger/, inside the
// store's transaction.
//
// Durability: if a call returns a value, its effect survives a crash of this process and of the
// database. If it returns an error, it had its whole effect or none, and never a part. Every call
// may be repeated. Replicas: any number of processes may call on one database. Whoever changes rows
// holds locks on all their identities, so two of them never decide about one issuance at a time.
// Time is the database's own.
// Threads: one instance belongs to one thread. No call takes longer than 30 s.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/changes.h"
#include "record/store_error.h"

namespace certwatch {

// What rows are asked for by. Lists without empty texts, in any order.
struct Identities {
  std::vector<std::string> fingerprints;
  std::vector<std::string> tbs_sha256;
  std::vector<SerialKey> serial_keys;
  std::vector<std::string> source_keys;
  std::vector<std::string> event_ids;

  void add(const Identity& identity);
  // Everything that other rows may share with this one, and its event id, so that it is found
  // itself.
  void add(const IssuanceRow& row);
};

// Decides within the transaction; called once.
using Decide = std::function<ledger::Changes(ledger::Snapshot)>;

// Database numbers of the rows that Changes::inserts became, in their order.
using RowNumbers = std::vector<std::int64_t>;

class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Is everything there that the record's ports read and write? Fails with missing_table where
  // something is not, and says what to do.
  virtual StoreResult<void> check_schema() = 0;

  // The rows that share one of `wanted`, without locks. Writes nothing, and needs no right to.
  virtual StoreResult<ledger::Snapshot> look(const Identities& wanted) = 0;

  // In one transaction: locks `wanted`, loads the rows that share one of them, asks `decide`,
  // applies what it says. Waits for the inventory for 1 s at most; Snapshot::inventory_answered
  // tells. A row that somebody else keeps locked makes it fail with too_slow after 2 s at most.
  virtual StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) = 0;

  // Up to `most` pending rows whose grace window is over, oldest first. Rows that somebody has
  // locked are passed over.
  virtual StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) = 0;

  // Up to `most` suspicious rows that are not resolved, judged within `window`, with ids beyond
  // `after`, in order of id.
  virtual StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                                std::size_t most) = 0;
};

}  // namespace certwatch
