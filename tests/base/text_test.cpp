#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

TEST_CASE("case and white space are those of ASCII") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    INFO(byte);
    CHECK(ascii_lower(c) == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c));
    CHECK(is_ascii_space(c) == (" \t\n\v\f\r"s.find(c) != std::string::npos));
  }
  CHECK(lower("WWW.Example.ORG\0Ä"s) == "www.example.org\0Ä"s);
  CHECK(trim(" \t\n\v\f\r a b \r\n") == "a b");
  CHECK(trim("\u00A0a") == "\u00A0a");  // a no-break space is none of them
  CHECK(trim(" \n ").empty());
  CHECK(trim("").empty());
  CHECK(trim("\0 "s) == "\0"s);
}

TEST_CASE("hexadecimal") {
  CHECK(to_hex("\x00\x7F\x80\xFF"s) == "007f80ff");
  CHECK(to_hex("").empty());
  CHECK(is_hex("0123456789abcdefABCDEF"));
  for (const std::string& text :
       {""s, "g"s, "0x12"s, "12 "s, "1:2"s, "-1"s, "1\0"s, "/"s, "@"s, "`"s}) {
    INFO(text);
    CHECK_FALSE(is_hex(text));
  }
}

TEST_CASE("text of unknown origin is made fit for a line") {
  CHECK(printable("plain Text-1.2_3") == "plain Text-1.2_3");
  CHECK(printable("Bücher") == "Bücher");
  CHECK(printable("a\nb\r\t\x1B[0m\x7F\0"s) == "a\\nb\\r\\t\\u001b[0m\\u007f\\u0000");
  CHECK(printable("\"\\") == "\\\"\\\\");
  CHECK(printable("\xFF") == "\uFFFD");
  CHECK(printable("\xC2\x85\xE2\x80\xA8") == "\\u0085\\u2028");  // newlines to some
}

TEST_CASE("what cannot be seen, or turns the direction of a line, is written as an escape") {
  CHECK(printable("a\u202Egro.elpmaxe\u202C") == "a\\u202egro.elpmaxe\\u202c");
  CHECK(printable("exam\u200Bple.org") == "exam\\u200bple.org");
  struct Row {
    std::uint32_t first;
    std::uint32_t last;
  };
  const Row escaped[] = {
      {0x061C, 0x061C}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x2069}, {0xFEFF, 0xFEFF}};
  const auto encoded = [](std::uint32_t c) {
    const auto byte = [](std::uint32_t value) { return std::string(1, static_cast<char>(value)); };
    if (c < 0x800) return byte(0xC0 | c >> 6) + byte(0x80 | (c & 0x3F));
    return byte(0xE0 | c >> 12) + byte(0x80 | (c >> 6 & 0x3F)) + byte(0x80 | (c & 0x3F));
  };
  for (std::uint32_t c = 0xA0; c < 0xD800; ++c) {
    const bool is_escaped =
        std::any_of(std::begin(escaped), std::end(escaped),
                    [c](const Row& row) { return row.first <= c && c <= row.last; });
    if ((printable(encoded(c)) == encoded(c)) == is_escaped) FAIL("code point " << c);
  }
  CHECK(printable("\uFEFFx") == "\\ufeffx");
  CHECK(printable("\u061Cx") == "\\u061cx");
}

TEST_CASE("what is too long is cut between two characters") {
  CHECK(printable("12345", 5) == "12345");
  CHECK(printable("123456", 5) == "12345...(6 bytes)");
  CHECK(printable("1234ü", 5) == "1234...(6 bytes)");
  CHECK(printable("12日本", 4) == "12...(8 bytes)");
  CHECK(printable("12日本", 5) == "12日...(8 bytes)");
  CHECK(printable("1😀2", 4) == "1...(6 bytes)");
  CHECK(printable("1😀2", 5) == "1😀...(6 bytes)");
  CHECK(printable("abc", 0) == "...(3 bytes)");
  CHECK(printable("\x80\x80\x80\x80\x80\x80", 5) == "\uFFFD\uFFFD...(6 bytes)");
}

}  // namespace
}  // namespace certwatch
