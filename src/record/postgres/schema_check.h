// Is everything there that certwatch reads and writes?
#pragma once

#include "record/store_error.h"

namespace certwatch::postgres {

class Session;

// missing_table names every table and column that is not there, or the encoding of a database that
// is not in UTF-8, and what to do; unavailable names what is there but not permitted.
StoreResult<void> check_schema(Session& session);

}  // namespace certwatch::postgres
