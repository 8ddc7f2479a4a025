// Serial numbers as different servers and inventories write them, made comparable.
#pragma once

#include <string>
#include <string_view>

namespace certwatch {

// RFC 5280 allows 40 digits. A serial that is longer than this limit is replaced by "sha256:" and
// its hash. The result equals itself, and nothing in an inventory.
inline constexpr std::size_t longest_comparable_serial = 128;

// The normal form of model/serial.h. What is not hexadecimal stays as it is. Fit for a text column.
std::string comparable_serial(std::string_view serial);

}  // namespace certwatch
