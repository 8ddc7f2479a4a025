// UTF-8, a character at a time (RFC 3629), with the liberty of base/json_text.h: a lone surrogate
// is a character of three bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certwatch {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

struct Utf8Character {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes; 0: ill-formed
};

// The first character of a text that is not empty.
Utf8Character first_character(std::string_view text);

constexpr bool is_surrogate(char32_t value) {
  return value >= 0xD800 && value <= 0xDFFF;
}

// The beginning of a text, at most `limit` bytes, which does not end within a character.
std::string_view beginning(std::string_view text, std::size_t limit);

// Writes a character, up to four bytes. The end of it.
template <class Out>
Out write_utf8(char32_t value, Out out) {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  const auto put_low_bits = [&](int shift) { put(0x80 | (value >> shift & 0x3F)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | value >> 6);
    put_low_bits(0);
  } else if (value < 0x10000) {
    put(0xE0 | value >> 12);
    put_low_bits(6);
    put_low_bits(0);
  } else {
    put(0xF0 | value >> 18);
    put_low_bits(12);
    put_low_bits(6);
    put_low_bits(0);
  }
  return out;
}

}  // namespace certwatch
