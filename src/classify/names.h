// The names of a certificate, made comparable.
#pragma once

#include <string>
#include <vector>

namespace certwatch {

// The names of a certificate as a set that does not depend on where they come from. They are in
// lower case and sorted, without a "DNS:" in front and without trailing dots. What cannot be a DNS
// name of two labels is left out: a name without a dot, an address, a URI, an e-mail address. All
// are fit for a text column.
std::vector<std::string> comparable_names(const std::vector<std::string>& names);

// Has a row of the inventory the names of this certificate? Yes, also if the row has no names, or
// one beyond ASCII: certificates have A-labels, so such a list cannot be compared. `of_certificate`
// is comparable already.
bool names_agree(const std::vector<std::string>& of_inventory,
                 const std::vector<std::string>& of_certificate);

}  // namespace certwatch
