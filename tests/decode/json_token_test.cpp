#include "decode/json_token.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using Text = std::optional<std::string>;

Text unescaped(const std::string& inside) {
  std::string out(inside.size(), '?');
  const char* const end = unescape(inside, out.data());
  if (end == nullptr) return std::nullopt;
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

TEST_CASE("escapes mean what RFC 8259 says, and lone surrogates are kept") {
  struct Row {
    std::string inside;
    std::string meaning;
  };
  const std::vector<Row> table = {
      {"", ""},
      {"plain", "plain"},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(a\nb)", "a\nb"},
      {R"(\u0041\u007a\u007A)", "Azz"},
      {R"(\u0000)", "\0"s},
      {R"(a\u0000b)", "a\0b"s},
      {R"(\u007f\u0080\u07ff\u0800\uffff)", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"},
      {R"(\ud83d\ude00)", "\xF0\x9F\x98\x80"},
      {R"(\uD800\uDC00)", "\xF0\x90\x80\x80"},
      {R"(\udbff\udfff)", "\xF4\x8F\xBF\xBF"},
      {R"(\ud800)", "\xED\xA0\x80"},
      {R"(\udc00)", "\xED\xB0\x80"},
      {R"(\udfff!)", "\xED\xBF\xBF!"},
      {R"(\ude00\ud83d)", "\xED\xB8\x80\xED\xA0\xBD"},
      {R"(\ud83d\ud83d\ude00)", "\xED\xA0\xBD\xF0\x9F\x98\x80"},
      {R"(\ud83d\ue000)", "\xED\xA0\xBD\xEE\x80\x80"},
      {R"(\udc00\udc00)", "\xED\xB0\x80\xED\xB0\x80"},
      {R"(\ud83dx)", "\xED\xA0\xBDx"},
      {R"(\ud83d\n)", "\xED\xA0\xBD\n"},
      {R"(\ud83d\u0041)",
       "\xED\xA0\xBD"
       "A"},
      {"\xC3\xBC\\u00fc", "\xC3\xBC\xC3\xBC"},
  };
  for (const Row& row : table) {
    INFO(row.inside);
    CHECK(unescaped(row.inside) == row.meaning);
  }
}

TEST_CASE("what is no escape is refused") {
  for (const char* inside :
       {"\\", "a\\", R"(\q)", R"(\u)", R"(\u123)", R"(\u12g4)", R"(\u 123)", R"(\u+123)",
        R"(\U0041)", R"(\x41)", R"(\')", R"(\ud83d\u12)", R"(\ud83d\)", R"(\u@@@@)", R"(\u``aa)"}) {
    INFO(inside);
    CHECK(unescaped(inside) == std::nullopt);
  }
}

TEST_CASE("a name is recognised however it is escaped") {
  CHECK(means("data", "data"));
  CHECK(means(R"(d\u0061ta)", "data"));
  CHECK(means(R"(\u0064\u0061\u0074\u0061)", "data"));
  CHECK(means(R"(a\/b)", "a/b"));
  CHECK_FALSE(means("dat", "data"));
  CHECK_FALSE(means("datas", "data"));
  CHECK_FALSE(means(R"(data\u0000)", "data"));
  CHECK_FALSE(means(R"(dat\q)", "data"));
  CHECK_FALSE(means(R"(\u0064\u0061\u0074\u0061\u0061)", "data"));
  CHECK_FALSE(means(std::string(100'000, '\\'), "data"));
}

TEST_CASE("the inside of a string is found between its quotes") {
  CHECK(string_inside(R"("abc")") == "abc");
  CHECK(string_inside("\"abc\" \t\r\n") == "abc");
  CHECK(string_inside("\" abc \"") == " abc ");
  CHECK(string_inside(R"("")") == "");
  for (const char* token : {"", "\"", "abc", "\"abc", "null", "1", "{", "[", " \"abc\""}) {
    INFO(token);
    CHECK(string_inside(token) == std::nullopt);
  }
}

TEST_CASE("numbers are what RFC 8259 calls numbers") {
  for (const char* number : {"0", "-0", "1", "-1", "10", "1234567890123456789012345678901234567890",
                             "0.5", "1.50", "-1.0e5", "1E+5", "1e-5", "0e0"}) {
    INFO(number);
    CHECK(number_token(number) == number);
    CHECK(number_token(std::string(number) + " \n") == number);
    CHECK(plain_token(number) == number);
  }
  for (const char* other : {"",    "-",    "+1",    "01",    "00", "-01", ".5",   "1.",  "1.e5",
                            "1e",  "1e+",  "0x10",  "1 2",   "1,", "1a",  "inf",  "nan", "Infinity",
                            "NaN", "-inf", "1_000", "\"1\"", "{",  "[",   "true", " 1"}) {
    INFO(other);
    CHECK(number_token(other) == std::nullopt);
  }
}

TEST_CASE("only whole words of JSON are plain tokens") {
  for (const char* word : {"true", "false", "null"}) {
    CHECK(plain_token(word) == word);
    CHECK(plain_token(std::string(word) + "\r\n") == word);
  }
  for (const char* other :
       {"tru", "truee", "True", "nul", "nulll", "none", "\"a\"", "{", "[", "]"}) {
    INFO(other);
    CHECK(plain_token(other) == std::nullopt);
  }
}

TEST_CASE("strings with escapes get a room that does not move, the others stay") {
  StringRoom room;
  const std::string message = R"("a\nb" "\ud800" "plain" "\q")";
  room.begin(message.size());
  const auto first = room.text(R"("a\nb")");
  const auto second = room.text(R"("\ud800")");
  const std::string_view plain = R"("plain")";
  const auto third = room.text(plain);
  CHECK(room.text(R"("\q")") == std::nullopt);
  CHECK(room.text("12") == std::nullopt);
  CHECK(first == "a\nb");
  CHECK(second == "\xED\xA0\x80");
  REQUIRE(third.has_value());
  CHECK(third->data() == plain.data() + 1);
}

}  // namespace
}  // namespace certwatch
