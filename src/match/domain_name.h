// Names as they are compared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certwatch {

// Bytes of a watch entry, in any of its forms. Longer ones are refused: no name of the DNS comes
// near (253), and the cost of a look-up is bounded by it.
inline constexpr std::size_t longest_watch_entry = 1000;

// Without white space around it, then without trailing dots. Entries and names of certificates are
// both compared so, and lower-cased.
std::string_view stripped_name(std::string_view name);

// A watch entry in the forms it is compared in: ASCII as written (trimmed, lower-cased, trailing
// dots and one leading "*." removed); an entry in Unicode as written and, where libidn2 knows them,
// as its IDNA A-labels (UTS #46, non-transitional; names that IDNA 2008 disallows, such as emoji,
// have none and must be given as A-labels). The first is the one that is reported. Error: empty,
// fewer than two labels, an empty label, a "*" left, or over longest_watch_entry.
Result<std::vector<std::string>> watch_entry_forms(std::string_view fqdn);

}  // namespace certwatch
