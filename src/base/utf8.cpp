#include "base/utf8.h"

#include <algorithm>

namespace certwatch {
namespace {

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

std::size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_by_lead(lead);
  if (length <= 1) return {lead, length};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if (!continues(text, at)) return {};
    value = value << 6 | (static_cast<unsigned char>(text[at]) & 0x3FU);
  }
  const bool is_overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (is_overlong || value > 0x10FFFF) return {};
  return {value, length};
}

std::string_view beginning(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  constexpr std::size_t most_continuing_bytes = 3;
  std::size_t kept = limit;
  for (std::size_t back = 0; back < most_continuing_bytes && kept > 0 && continues(text, kept);
       ++back) {
    --kept;
  }
  return text.substr(0, kept);
}

}  // namespace certwatch
