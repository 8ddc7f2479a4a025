#include "base/utf8.h"

#include <iterator>

#include "support/catch.h"

namespace certwatch {
namespace {

std::string encoded(char32_t value) {
  std::string text;
  write_utf8(value, std::back_inserter(text));
  return text;
}

TEST_CASE("every code point, surrogates included, is read as it was written") {
  for (char32_t value = 0; value <= 0x10FFFF; ++value) {
    const std::string text = encoded(value);
    const Utf8Character character = first_character(text + "x");
    if (character.value != value || character.length != text.size()) {
      FAIL("code point " << static_cast<unsigned long>(value));
    }
  }
  CHECK(encoded('a') == "a");
  CHECK(encoded(0xFC) == "\u00FC");
  CHECK(encoded(0x65E5) == "\u65E5");
  CHECK(encoded(0x1F600) == "\U0001F600");
  CHECK(encoded(0xFFFD) == replacement_character);
}

TEST_CASE("what is ill-formed has no length") {
  struct Row {
    const char* why;
    const char* text;
  };
  for (const Row& row :
       {Row{"no first byte", "\x80"}, Row{"over-long NUL", "\xC0\x80"},
        Row{"over-long in three", "\xE0\x9F\xBF"}, Row{"over-long in four", "\xF0\x8F\xBF\xBF"},
        Row{"beyond Unicode", "\xF4\x90\x80\x80"}, Row{"five bytes", "\xF8\x88"},
        Row{"never a byte", "\xFF"}, Row{"cut short in two", "\xC3"},
        Row{"cut short in three", "\xE2\x82"}, Row{"cut short in four", "\xF0\x9F\x98"},
        Row{"another character within it", "\xE2\x82x"}}) {
    INFO(row.why);
    CHECK(first_character(row.text).length == 0);
  }
}

TEST_CASE("a beginning does not end within a character") {
  const std::string text = "a\u00FC\u65E5\U0001F600";  // of 1, 2, 3 and 4 bytes
  const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t limit = 0; limit < std::size(kept); ++limit) {
    INFO(limit);
    CHECK(beginning(text, limit) == text.substr(0, kept[limit]));
  }
  CHECK(beginning("", 0).empty());
  // Bytes that continue nothing are no reason to drop what stands before them.
  CHECK(beginning("abc\x80\x80\x80\x80\x80\x80", 7) == "abc\x80");
}

}  // namespace
}  // namespace certwatch
