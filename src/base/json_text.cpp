#include "base/json_text.h"

#include <charconv>
#include <cmath>

namespace certwatch::json {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct Scalar {
  std::uint32_t value = 0;
  std::size_t length = 0;  // 0: ill-formed
};

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

std::uint32_t low_bits(char c) {
  return static_cast<unsigned char>(c) & 0x3FU;
}

// One code point of generalized UTF-8: surrogates are let through, over-long forms are not.
Scalar decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xC2 && lead <= 0xDF && continues(text, 1)) {
    return {(lead & 0x1FU) << 6 | low_bits(text[1]), 2};
  }
  if (lead >= 0xE0 && lead <= 0xEF && continues(text, 1) && continues(text, 2)) {
    const std::uint32_t value = (lead & 0x0FU) << 12 | low_bits(text[1]) << 6 | low_bits(text[2]);
    if (value >= 0x800) return {value, 3};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && continues(text, 1) && continues(text, 2) &&
      continues(text, 3)) {
    const std::uint32_t value =
        (lead & 0x07U) << 18 | low_bits(text[1]) << 12 | low_bits(text[2]) << 6 | low_bits(text[3]);
    if (value >= 0x10000 && value <= 0x10FFFF) return {value, 4};
  }
  return {};
}

bool is_surrogate(std::uint32_t value) {
  return value >= 0xD800 && value <= 0xDFFF;
}

// White space of width zero, marks, embeddings, overrides and isolates of the bidirectional
// algorithm, invisible operators, the byte order mark.
bool is_format_control(std::uint32_t value) {
  return value == 0x061C || (value >= 0x200B && value <= 0x200F) ||
         (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x2069) ||
         value == 0xFEFF;
}

void append_unicode_escape(std::string& out, std::uint32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[value >> shift & 0x0FU];
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        append_unicode_escape(out, static_cast<unsigned char>(c));
      } else {
        out += c;
      }
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Form form) {
  while (!text.empty()) {
    const Scalar scalar = decode(text);
    if (scalar.length == 0) {
      out += replacement;
      text.remove_prefix(1);
      continue;
    }
    const bool unstorable = scalar.value == 0 || is_surrogate(scalar.value);
    if (unstorable && form == Form::storable) {
      out += replacement;
    } else if (is_surrogate(scalar.value) || (scalar.value >= 0x80 && scalar.value < 0xA0) ||
               scalar.value == 0x2028 || scalar.value == 0x2029 ||
               (form == Form::visible && is_format_control(scalar.value))) {
      append_unicode_escape(out, scalar.value);
    } else if (scalar.length == 1) {
      append_ascii(out, text[0]);
    } else {
      out += text.substr(0, scalar.length);
    }
    text.remove_prefix(scalar.length);
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
    const Scalar scalar = decode(text);
    const bool kept = scalar.length != 0 && scalar.value != 0 && !is_surrogate(scalar.value);
    out += kept ? text.substr(0, scalar.length) : replacement;
    text.remove_prefix(scalar.length == 0 ? 1 : scalar.length);
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
