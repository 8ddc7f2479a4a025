#include "base/json_text.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace certwatch::json {
namespace {

// White space of width zero, marks, embeddings, overrides and isolates of the bidirectional
// algorithm, invisible operators, the byte order mark.
bool is_format_control(char32_t value) {
  return value == 0x061C || (value >= 0x200B && value <= 0x200F) ||
         (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x2069) ||
         value == 0xFEFF;
}

void append_unicode_escape(std::string& out, char32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[value >> shift & 0x0FU];
}

void append_ascii(std::string& out, char c) {
  constexpr std::string_view special = "\"\\\n\r\t\b\f";
  constexpr std::string_view letters = "\"\\nrtbf";
  const bool is_printable = c >= 0x20 && c != 0x7F && c != '"' && c != '\\';
  if (is_printable) {
    out += c;
  } else if (const std::size_t at = special.find(c); at != special.npos) {
    out += {'\\', letters[at]};
  } else {
    append_unicode_escape(out, static_cast<unsigned char>(c));
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Form form) {
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (character.length == 0) {
      out += replacement_character;
      text.remove_prefix(1);
      continue;
    }
    const bool unstorable = character.value == 0 || is_surrogate(character.value);
    if (unstorable && form == Form::storable) {
      out += replacement_character;
    } else if (is_surrogate(character.value) ||
               (character.value >= 0x80 && character.value < 0xA0) || character.value == 0x2028 ||
               character.value == 0x2029 ||
               (form == Form::visible && is_format_control(character.value))) {
      append_unicode_escape(out, character.value);
    } else if (character.length == 1) {
      append_ascii(out, text[0]);
    } else {
      out += text.substr(0, character.length);
    }
    text.remove_prefix(character.length);
  }
}

std::string quoted(std::string_view text, Form form) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  append_escaped(out, text, form);
  out += '"';
  return out;
}

std::string array(const std::vector<std::string>& texts, Form form) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += '"';
    append_escaped(out, text, form);
    out += '"';
  }
  out += ']';
  return out;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end.ptr};
}

std::string storable_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const bool kept =
        character.length != 0 && character.value != 0 && !is_surrogate(character.value);
    out += kept ? text.substr(0, character.length) : replacement_character;
    text.remove_prefix(character.length == 0 ? 1 : character.length);
  }
  return out;
}

Object& Object::add(std::string_view key, std::string_view json_value) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted(key);
  members_ += ':';
  members_ += json_value;
  return *this;
}

}  // namespace certwatch::json
