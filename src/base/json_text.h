// Writing JSON (RFC 8259), for payloads, rows and pages.
//
// Strings inside certwatch are UTF-8, with one liberty: a lone surrogate that a message carried as
// \uD800..\uDFFF is kept in three bytes ("generalized UTF-8"), and NUL is a byte like any other.
// That way a name can be sent on exactly as it stood. Writers decide what becomes of it:
//   exact     \u0000 and \udXXX, as they stood in the message
//   storable  U+FFFD, because PostgreSQL's jsonb and text refuse both
//   visible   as exact; format controls, too, that cannot be seen or turn the direction of what
//             stands around them, are escapes: for people to read
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certwatch::json {

enum class Form { exact, storable, visible };

// Appends `text` escaped for a JSON string, without the quotes. Control characters and DEL,
// ill-formed bytes (as U+FFFD), U+2028 and U+2029 come as escapes; everything else as UTF-8.
void append_escaped(std::string& out, std::string_view text, Form form = Form::exact);

// A quoted JSON string.
std::string quoted(std::string_view text, Form form = Form::exact);
// A quoted string, or null where there is none.
template <class Optional>
std::string quoted_or_null(const Optional& text, Form form = Form::exact) {
  return text ? quoted(*text, form) : "null";
}
// An array of strings.
std::string array(const std::vector<std::string>& texts, Form form = Form::exact);
// A number in the shortest form that reads back the same; null where JSON has no such number.
std::string number(double value);

// Text for a `text` column: NUL, lone surrogates and ill-formed bytes become U+FFFD.
std::string storable_text(std::string_view text);

// Builds one object; keys in the order they are added.
class Object {
 public:
  Object& add(std::string_view key, std::string_view json_value);
  Object& add_string(std::string_view key, std::string_view text) { return add(key, quoted(text)); }
  Object& add_number(std::string_view key, double value) { return add(key, number(value)); }
  Object& add_integer(std::string_view key, std::int64_t value) {
    return add(key, std::to_string(value));
  }
  Object& add_bool(std::string_view key, bool value) { return add(key, value ? "true" : "false"); }
  template <class Optional>
  Object& add_string_or_null(std::string_view key, const Optional& text) {
    return add(key, quoted_or_null(text));
  }
  std::string text() const { return "{" + members_ + "}"; }
  // The members without the braces, to be put into another object.
  const std::string& members() const { return members_; }

 private:
  std::string members_;
};

}  // namespace certwatch::json
