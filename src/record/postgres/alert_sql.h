// The statements of the alert store: how alerts are put on record, and how they are judged.
#pragma once

#include "record/postgres/session.h"

namespace certwatch::postgres {

// Each statement of a transaction of its own sees what others committed while it waited for locks:
// read committed, whatever the server's default is.
extern const Statement begin_transaction;
extern const Statement commit_transaction;
extern const Statement set_savepoint;
extern const Statement return_to_savepoint;
// $1: for the statements that follow in this transaction; "0" before a commit, which must not be
// cut short.
extern const Statement limit_statement_in_transaction;
extern const Statement limit_locks_in_transaction;

// $1: bigint[], sorted, so that two sessions never wait for each other.
extern const Statement lock_identities;
// $1 TBS hashes, $2 serial keys, $3 source keys, $4 fingerprints, $5 event ids.
extern const Statement find_rows;
extern const Statement insert_row;
extern const Statement amend_row;

// $1: event ids of conflicts, judged or resolved just now: those that are ours for certain take the
// serial from the others that have it. $2: whether verdicts make deliveries due. Returns the rows
// that it overturned, as judge() does.
extern const Statement take_serial;

// $1: at most so many. Locks what it returns: event ids, and whether each is a conflict.
extern const Statement pick_overdue;
// $1: seconds back, $2: ids beyond this, $3: at most so many. Returns ids in order, and the event
// ids of those that are conflicts; locks nothing.
extern const Statement pick_unresolved;

// What upstream's table is like.
struct InventoryShape {
  bool has_tbs_column = false;
  bool has_validity_index = false;
};
// Answers with one row of its members.
extern const Statement find_inventory_shape;

// The look-up in the inventory and what follows from it, in one statement.
//   judge    $1 event ids (of pending or provisional rows), $2 whether verdicts make deliveries due
//   resolve  $1 ids (of suspicious rows), $2 whether resolutions become due
//   look_up  $1 fingerprint, $2 TBS hash, $3 serial, $4 not_before, $5 not_after, $6 names (JSON)
const Statement& judge(const InventoryShape& shape);
const Statement& resolve(const InventoryShape& shape);
const Statement& look_up(const InventoryShape& shape);

}  // namespace certwatch::postgres
