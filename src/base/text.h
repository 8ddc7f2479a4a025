// ASCII text operations. Names in certificates are compared in ASCII: a locale must not decide
// what matches.
#pragma once

#include <string>
#include <string_view>

namespace certwatch {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
// Space, tab, newline, vertical tab, form feed, carriage return.
constexpr bool is_ascii_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string lower(std::string_view text);
std::string_view trim(std::string_view text);

// Text of unknown origin made fit for one line of a log or a terminal: control characters, format
// controls that are invisible or turn the direction of text, lone surrogates, backslashes and
// quotes are written as escapes, ill-formed UTF-8 as U+FFFD, and what is longer than `limit` bytes
// is cut between two characters, with "...(N bytes)" in its place.
std::string printable(std::string_view text, std::size_t limit = 200);

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);

// True for a non-empty text of hexadecimal digits only.
bool is_hex(std::string_view text);

}  // namespace certwatch
