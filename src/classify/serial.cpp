#include "classify/serial.h"

#include <algorithm>

#include "base/digest.h"
#include "base/json_text.h"
#include "base/text.h"

namespace certwatch {
namespace {

std::string digits_of(std::string_view serial) {
  std::string digits;
  digits.reserve(serial.size());
  for (const char c : serial) {
    if (c != ':' && !is_ascii_space(c)) digits += ascii_lower(c);
  }
  if (digits.starts_with("0x")) digits.erase(0, 2);
  return digits;
}

}  // namespace

std::string comparable_serial(std::string_view serial) {
  std::string digits = digits_of(serial);
  if (is_hex(digits)) {
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  } else {
    digits = json::storable_text(trim(serial));
  }
  if (digits.size() <= longest_comparable_serial) return digits;
  return "sha256:" + to_hex(sha256(digits));
}

}  // namespace certwatch
