// The statements of the ledger store.
#pragma once

#include "record/postgres/session.h"

namespace certwatch::postgres {

// $1: bigint[], sorted, so that two sessions never wait for each other.
extern const Statement lock_identities;

// $1 issuance keys, $2 TBS hashes, $3 fingerprints, $4 source keys, $5 event ids. Returns
// issuance_columns, then: does its issuance key have more rows than are returned? In order of id.
extern const Statement find_rows;
extern const Statement find_and_lock_rows;

// $1: seconds that an announcement is in force. At least one row: now, and a destination's name and
// least importance, which are null where there is none.
extern const Statement find_destinations;

// $1: rows. Returns row, destination, whether it was given up.
extern const Statement find_verdict_deliveries;

// What the inventory takes too long over is cut off, and the transaction goes on from here.
extern const Statement set_savepoint;
extern const Statement return_to_savepoint;
// $1: "1s".
extern const Statement limit_statements_to;

// $1 to $26 as issuance_rows.h; $27 decided_at and $28 resolved_at (null: not now).
//   insert_alert   $29 recorded_at, $30 fingerprint, $31 identity_facts, $32 payload, $33 sans,
//                  $34 matched, $35 issuer, $36 seen_at
//   tell_apart     $29 recorded_at, $30 the row that it has its content from, by its number or,
//   $31,
//                  by its event id; $32 fingerprint and $33 identity_facts where they are other
//                  ones than that row's
//   update_alert   $29 id
// The first two return the row's number.
extern const Statement insert_alert;
extern const Statement tell_apart;
extern const Statement update_alert;

// For a row, $1 its event id, that names one that was inserted just now: $2 event id of the one
// that it conflicts with, $3 of the one that it refutes.
extern const Statement name_new_rows;

// $1 rows (negative: named by the event id), $2 kinds, $3 event ids, $4 destinations, $5 now.
extern const Statement insert_deliveries;

// $1: at most so many. Returns issuance_columns.
extern const Statement pick_overdue_rows;
// $1 seconds back, $2 ids beyond this, $3 at most so many. Returns issuance_columns.
extern const Statement pick_unresolved_rows;

}  // namespace certwatch::postgres
