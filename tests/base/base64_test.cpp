#include "base/base64.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

TEST_CASE("the test vectors of RFC 4648 section 10") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
}

TEST_CASE("bytes of every value and length come back") {
  std::string bytes;
  for (unsigned i = 0; i < 600; ++i) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    bytes += static_cast<char>(i * 167 + (i >> 3));
  }
}

TEST_CASE("text that is not well-formed is none") {
  for (const std::string& text : {"Z"s,
                                  "Zg"s,
                                  "Zg="s,
                                  "Zm9vY"s,
                                  "===="s,
                                  "Z==="s,
                                  "=Zg="s,
                                  "Zg==Zg=="s,
                                  "Z=g="s,
                                  "Zm=v"s,
                                  "Zg==\n"s,
                                  "\nZg=="s,
                                  " Zm9v"s,
                                  "Zm9v "s,
                                  "Zm9v    "s,
                                  "Zm 9"s,
                                  "Zm-9"s,
                                  "Zm_9"s,
                                  "Zm9v\0"s,
                                  "\0\0\0\0"s,
                                  "Zm9v\xC3\xA9vY"s,
                                  "Zm9vZm9=Zm9v"s,
                                  "----"s,
                                  "    "s}) {
    INFO(text);
    CHECK_FALSE(from_base64(text));
  }
}

TEST_CASE("each byte is a digit or not, wherever it stands") {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_digit = digits.find(c) != std::string::npos;
    for (std::size_t at = 0; at < 8; ++at) {
      std::string text = "AAAAAAAA";
      text[at] = c;
      const bool is_padding = c == '=' && at == 7;
      INFO(byte << " at " << at);
      CHECK(from_base64(text).has_value() == (is_digit || is_padding));
    }
  }
}

}  // namespace
}  // namespace certwatch
