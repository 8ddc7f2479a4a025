#include "base/json_text.h"

#include <limits>
#include <optional>

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using json::Form;

constexpr char replacement[] = "\xEF\xBF\xBD";

// Generalized UTF-8, surrogates included.
std::string encoded(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return std::string(1, static_cast<char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xC0 | c >> 6) + byte(0x80 | (c & 0x3F));
  if (c < 0x10000) {
    return byte(0xE0 | c >> 12) + byte(0x80 | (c >> 6 & 0x3F)) + byte(0x80 | (c & 0x3F));
  }
  return byte(0xF0 | c >> 18) + byte(0x80 | (c >> 12 & 0x3F)) + byte(0x80 | (c >> 6 & 0x3F)) +
         byte(0x80 | (c & 0x3F));
}

std::string unicode_escape(std::uint32_t c) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", c);
  return text;
}

bool is_surrogate(std::uint32_t c) {
  return c >= 0xD800 && c < 0xE000;
}

std::string expected_escape(std::uint32_t c, Form form) {
  if (form == Form::storable && (c == 0 || is_surrogate(c))) return replacement;
  const std::string short_escapes = "\b\f\n\r\t\"\\";
  const std::size_t at = c < 0x80 ? short_escapes.find(static_cast<char>(c)) : std::string::npos;
  if (at != std::string::npos) return std::string("\\") + "bfnrt\"\\"[at];
  const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
  return is_control || is_surrogate(c) ? unicode_escape(c) : encoded(c);
}

std::string escaped(std::string_view text, Form form = Form::exact) {
  std::string out;
  json::append_escaped(out, text, form);
  return out;
}

TEST_CASE("every code point, surrogates included, is escaped as it has to be") {
  // All of the first plane; beyond it nothing is special, and every 61st will do.
  for (std::uint32_t c = 0; c <= 0x10FFFF; c += c < 0x10000 ? 1 : 61) {
    const std::string text = encoded(c);
    for (const Form form : {Form::exact, Form::storable}) {
      if (escaped(text, form) != expected_escape(c, form)) FAIL("code point " << c);
    }
    const bool is_storable = c != 0 && !is_surrogate(c);
    if (json::storable_text(text) != (is_storable ? text : replacement)) FAIL("code point " << c);
  }
}

TEST_CASE("every sequence of up to three bytes is text, or U+FFFD for each byte that is none") {
  const auto times = [](std::size_t count) {
    std::string all;
    for (; count > 0; --count) all += replacement;
    return all;
  };
  const auto is_continuation = [](unsigned byte) { return (byte & 0xC0U) == 0x80; };
  for (unsigned one = 0x80; one < 0x100; ++one) {
    const std::string alone(1, static_cast<char>(one));
    if (escaped(alone) != times(1)) FAIL(one);
    for (unsigned two = 0x80; two < 0x100; ++two) {
      const std::string pair = alone + static_cast<char>(two);
      const bool is_pair = one >= 0xC2 && one < 0xE0 && is_continuation(two);
      const std::uint32_t of_pair = (one & 0x1F) << 6 | (two & 0x3F);
      if (escaped(pair) != (is_pair ? expected_escape(of_pair, Form::exact) : times(2))) {
        FAIL(one << " " << two);
      }
      for (unsigned three = 0x80; three < 0x100 && one >= 0xE0; ++three) {
        const bool is_triple = one < 0xF0 && is_continuation(two) && is_continuation(three) &&
                               (one > 0xE0 || two >= 0xA0);
        const bool ends_in_pair = two >= 0xC2 && two < 0xE0 && is_continuation(three);
        const std::uint32_t of_triple = (one & 0x0F) << 12 | (two & 0x3F) << 6 | (three & 0x3F);
        const std::uint32_t of_end = (two & 0x1F) << 6 | (three & 0x3F);
        const std::string expected = is_triple ? expected_escape(of_triple, Form::exact)
                                     : ends_in_pair
                                         ? times(1) + expected_escape(of_end, Form::exact)
                                         : times(3);
        if (escaped(pair + static_cast<char>(three)) != expected) {
          FAIL(one << " " << two << " " << three);
        }
      }
    }
  }
}

TEST_CASE("four bytes are one character or four that are none") {
  CHECK(escaped("\xF0\x90\x80\x80") == "\xF0\x90\x80\x80");
  CHECK(escaped("\xF4\x8F\xBF\xBF") == "\xF4\x8F\xBF\xBF");
  const std::string four = std::string(replacement) + replacement + replacement + replacement;
  CHECK(escaped("\xF0\x8F\xBF\xBF") == four);  // over-long
  CHECK(escaped("\xF4\x90\x80\x80") == four);  // beyond Unicode
  CHECK(escaped("\xF5\x80\x80\x80") == four);
  CHECK(escaped("\xF0\x90\x80") == four.substr(3));  // cut short
  CHECK(escaped("\xF0\x90\x80z") == four.substr(3) + "z");
}

TEST_CASE("values and lists of them") {
  CHECK(json::quoted("a\"b") == "\"a\\\"b\"");
  CHECK(json::quoted("\0"s, Form::storable) == '"' + std::string(replacement) + '"');
  CHECK(json::quoted_or_null(std::optional<std::string>()) == "null");
  CHECK(json::quoted_or_null(std::optional<std::string>("")) == "\"\"");
  CHECK(json::array({}) == "[]");
  CHECK(json::array({""}) == "[\"\"]");
  CHECK(json::array({"", "", "a"}) == R"(["","","a"])");
  CHECK(json::array({"\0"s, "b"}) == R"(["\u0000","b"])");
}

TEST_CASE("numbers in the shortest form that reads back the same") {
  CHECK(json::number(0) == "0");
  CHECK(json::number(90) == "90");
  CHECK(json::number(0.1) == "0.1");
  CHECK(json::number(-1.5) == "-1.5");
  CHECK(json::number(1717500000.25) == "1717500000.25");
  CHECK(json::number(1e300) == "1e+300");
  CHECK(json::number(-std::numeric_limits<double>::denorm_min()) == "-5e-324");
  CHECK(json::number(std::numeric_limits<double>::infinity()) == "null");
  CHECK(json::number(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("an object has its members in the order they came") {
  json::Object object;
  CHECK(object.text() == "{}");
  CHECK(object.members().empty());
  object.add_string("b", "x")
      .add_integer("a", -7)
      .add_bool("yes", true)
      .add_bool("no", false)
      .add_number("half", 0.5)
      .add("list", "[1]")
      .add_string_or_null("none", std::optional<std::string>())
      .add_string("\"", "\n");
  CHECK(object.members() ==
        R"("b":"x","a":-7,"yes":true,"no":false,"half":0.5,"list":[1],"none":null,"\"":"\n")");
  CHECK(object.text() == "{" + object.members() + "}");
}

}  // namespace
}  // namespace certwatch
