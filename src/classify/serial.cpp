#include "classify/serial.h"

#include "base/digest.h"
#include "base/json_text.h"
#include "base/text.h"
#include "model/serial.h"

namespace certwatch {

std::string comparable_serial(std::string_view serial) {
  std::string digits = normal_serial(serial);
  if (!is_hex(digits)) digits = json::storable_text(trim(serial));
  if (digits.size() <= longest_comparable_serial) return digits;
  return "sha256:" + to_hex(sha256(digits));
}

}  // namespace certwatch
