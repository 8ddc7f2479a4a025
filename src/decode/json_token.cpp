#include "decode/json_token.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/utf8.h"

namespace certwatch {
namespace {

std::string_view without_space(std::string_view token) {
  const std::size_t last = token.find_last_not_of(" \t\n\r");
  return token.substr(0, last + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Removes the digits in front; false where there is none.
bool take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count > 0;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_number(std::string_view text) {
  take_one_of(text, "-");
  if (!take_one_of(text, "0") && !take_digits(text)) return false;
  if (take_one_of(text, ".") && !take_digits(text)) return false;
  if (take_one_of(text, "eE")) {
    take_one_of(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

// The four digits of "\u....", or nothing.
std::optional<char32_t> code_unit(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  char32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value << 4 | static_cast<char32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

// `rest` begins behind "\u". Removes what it reads; a surrogate without its other half stays one.
char* unescape_unicode(std::string_view& rest, char* out) {
  const auto first = code_unit(rest);
  if (!first) return nullptr;
  rest.remove_prefix(4);
  const bool is_high = *first >= 0xD800 && *first < 0xDC00;
  if (is_high && rest.substr(0, 2) == "\\u") {
    const auto second = code_unit(rest.substr(2));
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      rest.remove_prefix(6);
      return write_utf8(0x10000 + ((*first - 0xD800) << 10 | (*second - 0xDC00)), out);
    }
  }
  return write_utf8(*first, out);
}

}  // namespace

std::optional<std::string_view> string_inside(std::string_view token) {
  token = without_space(token);
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return std::nullopt;
  return token.substr(1, token.size() - 2);
}

char* unescape(std::string_view inside, char* out) {
  while (true) {
    const std::size_t plain = std::min(inside.find('\\'), inside.size());
    std::memcpy(out, inside.data(), plain);
    out += plain;
    inside.remove_prefix(plain);
    if (inside.empty()) return out;
    if (inside.size() < 2) return nullptr;
    const char escape = inside[1];
    inside.remove_prefix(2);
    if (escape == 'u') {
      out = unescape_unicode(inside, out);
      if (out == nullptr) return nullptr;
      continue;
    }
    constexpr std::string_view escapes = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = escapes.find(escape);
    if (which == std::string_view::npos) return nullptr;
    *out++ = meanings[which];
  }
}

bool means(std::string_view inside, std::string_view text) {
  if (inside == text) return true;
  // No byte takes more than the six of "\u0061".
  char unescaped[6 * 64];
  if (inside.size() > 6 * text.size() || inside.find('\\') == std::string_view::npos) return false;
  const char* const end = unescape(inside, unescaped);
  return end != nullptr &&
         std::string_view(unescaped, static_cast<std::size_t>(end - unescaped)) == text;
}

std::optional<std::string_view> number_token(std::string_view token) {
  token = without_space(token);
  if (!is_number(token)) return std::nullopt;
  return token;
}

std::optional<std::string_view> plain_token(std::string_view token) {
  token = without_space(token);
  if (token == "true" || token == "false" || token == "null" || is_number(token)) return token;
  return std::nullopt;
}

std::size_t buffer_size(std::size_t bytes) {
  return bytes <= most_kept_bytes ? std::bit_ceil(bytes) : bytes;
}

void StringRoom::begin(std::size_t message_bytes) {
  wanted_ = message_bytes;
  used_ = 0;
  if (capacity_ > most_kept_bytes && wanted_ <= most_kept_bytes) {
    bytes_.reset();
    capacity_ = 0;
  }
}

std::optional<std::string_view> StringRoom::text(std::string_view token) {
  const auto inside = string_inside(token);
  if (!inside || inside->find('\\') == std::string_view::npos) return inside;
  if (capacity_ < wanted_) {
    // Nothing is in it yet: the first string with an escape finds room for all.
    capacity_ = buffer_size(wanted_);
    bytes_.reset(new char[capacity_]);
  }
  char* const begin = bytes_.get() + used_;
  const char* const end = unescape(*inside, begin);
  if (end == nullptr) return std::nullopt;
  const auto size = static_cast<std::size_t>(end - begin);
  used_ += size;
  return std::string_view(begin, size);
}

}  // namespace certwatch
