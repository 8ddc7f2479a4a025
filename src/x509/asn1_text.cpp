#include "x509/asn1_text.h"

#include <algorithm>
#include <cstdint>

namespace certwatch {
namespace {

constexpr char32_t replacement = 0xFFFD;

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

bool is_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

// Big-endian, of up to 4 bytes; the last character may be cut short.
char32_t read_unit(std::string_view bytes) {
  char32_t unit = 0;
  for (const char c : bytes) unit = unit << 8 | static_cast<unsigned char>(c);
  return unit;
}

// The bytes of a well-formed UTF-8 sequence at the front (RFC 3629 section 4); 0 where there is
// none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return 0;
  }
  const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool is_beyond = (lead == 0xED && byte(1) >= 0xA0) || (lead == 0xF4 && byte(1) >= 0x90);
  return is_overlong || is_beyond ? 0 : length;
}

std::string from_utf8(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), longest_directory_text));
  while (!text.empty() && out.size() < longest_directory_text) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      append_utf8(out, replacement);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
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
