#include "support/catch.h"
#include "x509/asn1_text.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

constexpr unsigned char utf8 = 0x0C;
constexpr unsigned char printable_string = 0x13;
constexpr unsigned char teletex = 0x14;
constexpr unsigned char ia5 = 0x16;
constexpr unsigned char universal = 0x1C;
constexpr unsigned char bmp = 0x1E;

TEST_CASE("every string type comes as UTF-8") {
  struct Row {
    const char* why;
    unsigned char tag;
    std::string content;
    std::string text;
  };
  const std::vector<Row> rows = {
      {"UTF-8 as it stands", utf8, "Bücher 日本 😀", "Bücher 日本 😀"},
      {"NUL is a character", utf8, "a\0b"s, "a\0b"s},
      {"ASCII", printable_string, "Example CA", "Example CA"},
      {"Latin-1 in T61", teletex, "M\xFCnchen", "München"},
      {"Latin-1 where only ASCII is allowed", ia5, "caf\xE9", "café"},
      {"two bytes a character", bmp, "\0B\0\xFC\x65\xE5"s, "Bü日"},
      {"a surrogate pair in two", bmp, "\xD8\x3D\xDE\x00"s, "😀"},
      {"the last there is", bmp, "\xDB\xFF\xDF\xFF", "\U0010FFFF"},
      {"a lone high surrogate", bmp, "\xD8\x3D\0a"s, "\uFFFDa"},
      {"a lone low surrogate", bmp, "\xDE\0\0a"s, "\uFFFDa"},
      {"half a character", bmp, "\0ab"s, "a\uFFFD"},
      {"four bytes a character", universal, "\0\0\0B\0\x01\xF6\0"s, "B😀"},
      {"a surrogate in four bytes", universal, "\0\0\xD8\x3D"s, "\uFFFD"},
      {"beyond Unicode", universal, "\x7F\0\0\0"s, "\uFFFD"},
      {"a part of a character", universal, "\0\0\0"s, "\uFFFD"},
      {"nothing", utf8, "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(directory_text({row.tag, {}, row.content}) == row.text);
  }
}

TEST_CASE("ill-formed UTF-8 becomes U+FFFD, byte for byte") {
  const std::string once = "\uFFFD";
  CHECK(directory_text({utf8, {}, "a\xFFz"}) == "a" + once + "z");
  CHECK(directory_text({utf8, {}, "\xC0\x80"}) == once + once);             // over-long
  CHECK(directory_text({utf8, {}, "\xE0\x9F\xBF"}) == once + once + once);  // over-long
  CHECK(directory_text({utf8, {}, "\xED\xA0\x80"}) == once + once + once);  // surrogate
  CHECK(directory_text({utf8, {}, "\xF4\x90\x80\x80"}) == once + once + once + once);
  CHECK(directory_text({utf8, {}, "\xF0\x8F\xBF\xBF"}) == once + once + once + once);
  CHECK(directory_text({utf8, {}, "\xE2\x82"}) == once + once);  // cut short
}

TEST_CASE("what is no text is none") {
  CHECK_FALSE(directory_text({0x03, {}, "bits"}));
  CHECK_FALSE(directory_text({0x30, {}, ""}));
}

TEST_CASE("no text outgrows its bound by more than a character") {
  const std::string megabyte(1 << 20, '\xFC');
  for (const unsigned char tag : {utf8, teletex, bmp, universal}) {
    const auto text = directory_text({tag, {}, megabyte});
    REQUIRE(text);
    CHECK(text->size() >= longest_directory_text);
    CHECK(text->size() < longest_directory_text + 4);
  }
}

}  // namespace
}  // namespace certwatch
