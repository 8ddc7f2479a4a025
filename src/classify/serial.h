// Serial numbers as different servers and inventories write them, made comparable.
#pragma once

#include <string>
#include <string_view>

namespace certwatch {

// RFC 5280 allows 40 digits. A longer serial is replaced by "sha256:" and its hash: still equal to
// itself, and to nothing in an inventory.
inline constexpr std::size_t longest_comparable_serial = 128;

// The normal form (model/serial.h); what is not hexadecimal in it stays as it is, fit for a text
// column.
std::string comparable_serial(std::string_view serial);

}  // namespace certwatch
