// What a ledger decided, as statements.
#pragma once

#include <vector>

#include "ledger/changes.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

// The first answers are the numbers of the inserted rows, in their order. Everything that `changes`
// refers to outlives the call. `now` is Snapshot::now.
std::vector<Question> to_apply(const ledger::Changes& changes, SystemTime now);

}  // namespace certwatch::postgres
