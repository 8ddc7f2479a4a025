// Is everything there that certwatch reads and writes?
#pragma once

#include "record/store_error.h"

namespace certwatch::postgres {

class Session;

// missing_table names every table and column that is not there; unavailable names what is there but
// not permitted. A database in another encoding than UTF8 is well, and warned of in the log.
StoreResult<void> check_schema(Session& session);

}  // namespace certwatch::postgres
