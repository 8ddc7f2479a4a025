// What the ledger is told of the record, and what it wants changed there.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "model/delivery.h"
#include "model/inventory_certificate.h"
#include "model/issuance_row.h"

namespace certwatch::ledger {

// Of rows that one serial key (or fingerprint) brings into a snapshot. There has to be a limit:
// anybody can invent DER, because no signature is checked, and can claim any fingerprint.
inline constexpr std::size_t most_rows_of_a_key = 64;

// The deliveries of verdicts that a row of the snapshot has.
struct VerdictDelivery {
  std::int64_t row = 0;
  std::string destination;
  bool is_given_up = false;  // else it is due or delivered
};

// The rows that share an identity with what is asked for, and all that may decide about them.
struct Snapshot {
  SystemTime now;  // of the database
  // Ordered by id. One identity brings at most most_rows_of_a_key: certain ones first, then those
  // that are not quiet, then the oldest.
  std::vector<IssuanceRow> rows;
  // The texts of serial keys that have more rows than that.
  std::vector<std::string> crowded_keys;
  // Certificates that share a fingerprint, a TBS hash, or serial and validity with `rows` or with
  // what was asked for.
  std::vector<InventoryCertificate> inventory;
  // False: the inventory did not answer in time, and `inventory` is empty. No verdict may fall.
  bool inventory_answered = true;
  std::vector<Destination> destinations;  // in force
  std::vector<VerdictDelivery> deliveries;
};

// The content of a row that is told apart from another one: that row's message facts.
struct ContentOfRow {
  std::int64_t row = 0;  // may be negative, as in NewRow
  // SHA-1 (empty: none) of what the new row holds instead of that row's certificate. Nothing: it
  // tells the same certificate, with that row's identity facts.
  std::optional<std::string> claimed_fingerprint;
  bool is_precertificate = false;
};

struct NewRow {
  IssuanceRow row;  // its id, by which other changes name it: -1 for the first insert, then -2, …
  // The pointer is to the content of an arrival, and lives as long as that.
  std::variant<const AlertContent*, ContentOfRow> content;
};

struct NewDelivery {
  std::int64_t row = 0;
  DeliveryKind kind = DeliveryKind::verdict;
  std::string event_id;
  std::string destination;
};

// To be applied as a whole, in one transaction. A row's recorded_at, and the decided_at or
// resolved_at of a verdict, is Snapshot::now.
struct Changes {
  std::vector<NewRow> inserts;
  std::vector<IssuanceRow> updates;     // whole rows, each with the id of one in the snapshot
  std::vector<std::int64_t> decided;    // rows (of either list) whose verdict has fallen
  std::vector<std::int64_t> resolved;   // rows (of `updates`) that turned out to be ours
  std::vector<NewDelivery> deliveries;  // due at once

  bool empty() const { return inserts.empty() && updates.empty(); }
};

}  // namespace certwatch::ledger
