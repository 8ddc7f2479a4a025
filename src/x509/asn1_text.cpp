#include "x509/asn1_text.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace certwatch {
namespace {

constexpr char32_t replacement = 0xFFFD;

void append_utf8(std::string& out, char32_t c) {
  write_utf8(c, std::back_inserter(out));
}

// Big-endian, of up to 4 bytes; the last character may be cut short.
char32_t read_unit(std::string_view bytes) {
  char32_t unit = 0;
  for (const char c : bytes) unit = unit << 8 | static_cast<unsigned char>(c);
  return unit;
}

std::string from_utf8(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), longest_directory_text));
  while (!text.empty() && out.size() < longest_directory_text) {
    const Utf8Character c = first_character(text);
    const bool is_kept = c.length > 0 && !is_surrogate(c.value);
    out += is_kept ? text.substr(0, c.length) : replacement_character;
    text.remove_prefix(is_kept ? c.length : 1);
  }
  return out;
}

std::string from_latin1(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), longest_directory_text));
  for (const char c : text) {
    if (out.size() >= longest_directory_text) break;
    append_utf8(out, static_cast<unsigned char>(c));
  }
  return out;
}

// UTF-16, of which BMPString is a part: some issuers put surrogate pairs there.
std::string from_utf16(std::string_view bytes) {
  std::string out;
  while (!bytes.empty() && out.size() < longest_directory_text) {
    const char32_t unit = bytes.size() >= 2 ? read_unit(bytes.substr(0, 2)) : replacement;
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 2));
    const char32_t next = bytes.size() >= 2 ? read_unit(bytes.substr(0, 2)) : 0;
    if (unit >= 0xD800 && unit < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
      bytes.remove_prefix(2);
    } else {
      append_utf8(out, is_surrogate(unit) ? replacement : unit);
    }
  }
  return out;
}

std::string from_utf32(std::string_view bytes) {
  std::string out;
  while (!bytes.empty() && out.size() < longest_directory_text) {
    const char32_t unit = bytes.size() >= 4 ? read_unit(bytes.substr(0, 4)) : replacement;
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 4));
    append_utf8(out, is_surrogate(unit) || unit > 0x10FFFF ? replacement : unit);
  }
  return out;
}

}  // namespace

std::optional<std::string> directory_text(const der::Element& element) {
  switch (element.tag) {
    case 0x0C:  // UTF8String
      return from_utf8(element.content);
    case 0x12:  // NumericString
    case 0x13:  // PrintableString
    case 0x14:  // TeletexString, also called T61String
    case 0x16:  // IA5String
    case 0x1A:  // VisibleString
      return from_latin1(element.content);
    case 0x1C:  // UniversalString
      return from_utf32(element.content);
    case 0x1E:  // BMPString
      return from_utf16(element.content);
    default:
      return std::nullopt;
  }
}

}  // namespace certwatch
