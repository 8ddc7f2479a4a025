// Names as they are compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certwatch {

// A watch entry in the forms it is compared in: ASCII as written (trimmed, lower-cased, trailing
// dots and one leading "*." removed); an entry in Unicode as written and as its IDNA A-labels (UTS
// #46, non-transitional). The first is the one that is reported. Error: empty, fewer than two
// labels, an empty label, a "*" left, or too long (over 1000 bytes).
Result<std::vector<std::string>> watch_entry_forms(std::string_view fqdn);

}  // namespace certwatch
