// Where a sighting belongs.
#pragma once

#include <cstdint>

namespace certwatch {

// Where a sighting belongs, given the rows that share an identity with it.
struct Placement {
  enum class Kind {
    new_alert,     // a row of its own
    conflict,      // a row of its own that shares its serial key with another issuance: never ours
                   // by serial, and if suspicious then for serial_conflict
    repeat,        // belongs to `row`; what it newly knows is added there
    confirmation,  // belongs to `row`, which is provisional, and is the certificate that must be in
                   // the inventory: judged as a row of its own after a grace window, which vanishes
                   // if it is ours and becomes suspicious (serial_only) if it is not
  };
  Kind kind = Kind::new_alert;
  std::int64_t row = 0;
};

}  // namespace certwatch
