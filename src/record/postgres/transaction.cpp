#include "record/postgres/transaction.h"

namespace certwatch::postgres {

const Statement begin_transaction{"begin_transaction", "BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement begin_reading{"begin_reading", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"};
const Statement commit_transaction{"commit_transaction", "COMMIT"};
const Statement limit_locks{"limit_locks", "SELECT set_config('lock_timeout', '2s', true)"};
const Statement prefer_indexes{
    "prefer_indexes",
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"};

}  // namespace certwatch::postgres
