// Serial numbers, however they are written.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace certwatch {

// As serials are compared, of messages and of the inventory: lower case, without colons, dashes,
// white space, a leading "0x" and leading zeros ("0" stays "0"). Empty: no serial.
inline std::string normal_serial(std::string_view serial) {
  std::string digits;
  digits.reserve(serial.size());
  for (const char c : serial) {
    if (c != ':' && c != '-' && !is_ascii_space(c)) digits += ascii_lower(c);
  }
  if (digits.starts_with("0x")) digits.erase(0, 2);
  if (digits.empty()) return digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return digits;
}

}  // namespace certwatch
