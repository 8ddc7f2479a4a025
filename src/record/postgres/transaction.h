// The statements around other statements.
#pragma once

#include "record/postgres/session.h"

namespace certwatch::postgres {

// Each statement of a transaction of its own sees what others committed while it waited for locks:
// read committed, whatever the server's default is.
extern const Statement begin_transaction;
extern const Statement begin_reading;
extern const Statement commit_transaction;

// In this transaction nobody waits for a lock for longer than 2 s (SQLSTATE 55P03).
extern const Statement limit_locks;

// In this transaction the planner goes from few rows to others by their indexes: a plan that is
// made for an empty table is kept for a full one. Nor does it compile statements: a table that has
// no index would look costly enough for that.
extern const Statement prefer_indexes;

// Ends the transaction, and returns why.
inline tl::unexpected<StoreError> give_up(Session& session, const Round& failed) {
  session.roll_back();
  return failed.error();
}

}  // namespace certwatch::postgres
