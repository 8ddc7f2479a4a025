// Messages that no server should send. None of them may end the process or escape being counted.
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/digest.h"
#include "base/text.h"
#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "decode/real_messages.h"
#include "support/catch.h"
#include "support/certificate_builder.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string with_domains(const std::string& list) {
  return R"({"data":{"leaf_cert":{"all_domains":)" + list +
         R"(}},"message_type":"certificate_update"})";
}

TEST_CASE("what cannot be decoded is told by its reason") {
  struct Row {
    const char* why;
    std::string text;
    Undecodable reason;
  };
  const std::vector<Row> table = {
      {"no bytes", "", Undecodable::empty},
      {"white space", " \r\n\t", Undecodable::empty},
      {"array", "[]", Undecodable::not_an_object},
      {"array of objects", R"([{"message_type":"certificate_update"}])",
       Undecodable::not_an_object},
      {"string", R"("certificate_update")", Undecodable::not_an_object},
      {"number", "17", Undecodable::not_an_object},
      {"word", "null", Undecodable::not_an_object},
      {"no JSON at all", "hello", Undecodable::not_an_object},
      {"closing bracket", "}", Undecodable::not_an_object},
      {"open object", "{", Undecodable::invalid_json},
      {"cut off in a key", R"({"message_)", Undecodable::invalid_json},
      {"cut off behind a key", R"({"message_type")", Undecodable::invalid_json},
      {"cut off behind a colon", R"({"message_type":)", Undecodable::invalid_json},
      {"cut off in a value", R"({"message_type":"certif)", Undecodable::invalid_json},
      {"cut off before the end", R"({"message_type":"heartbeat")", Undecodable::invalid_json},
      {"cut off in an escape", R"({"message_type":"heartbeat\)", Undecodable::invalid_json},
      {"no value", R"({"message_type":})", Undecodable::invalid_json},
      {"no colon", R"({"message_type" "heartbeat"})", Undecodable::invalid_json},
      {"key without quotes", "{message_type:1}", Undecodable::invalid_json},
      {"comma too many", R"({"message_type":"heartbeat",})", Undecodable::invalid_json},
      {"wrong bracket", R"({"data":{]})", Undecodable::invalid_json},
      {"brackets crossed", R"({"data":{"leaf_cert":[}]})", Undecodable::invalid_json},
      {"a value where a key should be", R"({"message_type":"hins":["a","b":["c"]}},"data":{}})",
       Undecodable::invalid_json},
      {"a colon for a value", R"({"message_type"::1})", Undecodable::invalid_json},
      {"a comma for a value", R"({"message_type":,"data":1})", Undecodable::invalid_json},
      {"a bracket for a value", R"({"message_type":],"data":[1})", Undecodable::invalid_json},
      {"a comma for an element", with_domains(R"([,"a.b"])"), Undecodable::invalid_json},
      {"a colon in a list", with_domains(R"(["a":"b"])"), Undecodable::invalid_json},
      {"two values in a list", with_domains(R"(["a.b" "c.d"])"), Undecodable::invalid_json},
      {"garbage behind", R"({"message_type":"heartbeat"} x)", Undecodable::invalid_json},
      {"two messages in one", R"({"message_type":"heartbeat"}{"message_type":"heartbeat"})",
       Undecodable::invalid_json},
      {"bad escape in a name", with_domains(R"(["a.\q"])"), Undecodable::invalid_json},
      {"half an escape in a name", with_domains(R"(["a.\u12"])"), Undecodable::invalid_json},
      {"raw control character in a string", with_domains("[\"a\n.b\"]"), Undecodable::invalid_json},
      {"raw NUL in a string", with_domains("[\"a\0.b\"]"s), Undecodable::invalid_json},
      {"binary frame", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s, Undecodable::invalid_utf8},
      {"binary frame with a quote in it", "\xFF\xFE\"\x01"s, Undecodable::invalid_utf8},
      {"bad UTF-8 in a name", with_domains("[\"a\xFF.b\"]"), Undecodable::invalid_utf8},
      {"bad UTF-8 where nobody looks", "{\"x\":\"\xC3(\"}", Undecodable::invalid_utf8},
      {"surrogate in UTF-8", with_domains("[\"\xED\xA0\x80\"]"), Undecodable::invalid_utf8},
      {"cut off in UTF-8", "{\"x\":\"\xE2\x82", Undecodable::invalid_utf8},
  };
  CertstreamDecoder decoder;
  for (const Row& row : table) {
    // What lies behind a message must not matter.
    for (const char padding : {'\0', '"', '}', ']', ',', ' ', ':', '\\', '1', '\xFF'}) {
      INFO(row.why << ", behind it '" << padding << "'");
      const testing::MessageBytes bytes(row.text, padding);
      const auto skimmed = decoder.skim(bytes.message());
      REQUIRE_FALSE(skimmed.has_value());
      CHECK(skimmed.error() == row.reason);
      const auto sighting = decoder.read(bytes.message());
      REQUIRE_FALSE(sighting.has_value());
      CHECK(sighting.error() == row.reason);
    }
  }
}

TEST_CASE("after a message that cannot be decoded the next one can") {
  CertstreamDecoder decoder;
  const testing::MessageBytes good(with_domains("[\"a.b\"]"));
  for (const char* bad :
       {"", "{", "[", "\xFF", "{\"data\":{\"leaf_cert\":{\"all_domains\":[\"x\","}) {
    const testing::MessageBytes bytes(bad);
    CHECK_FALSE(decoder.skim(bytes.message()).has_value());
    const auto skimmed = decoder.skim(good.message());
    REQUIRE(skimmed.has_value());
    REQUIRE(skimmed->names.size() == 1);
    CHECK(skimmed->names[0] == "a.b");
  }
}

TEST_CASE("nesting of any depth is passed over or refused") {
  constexpr std::size_t depth = 200'000;
  const std::string names = R"("leaf_cert":{"all_domains":["a.b"]})";
  CertstreamDecoder decoder;
  for (const auto& [open, close] : std::vector<std::pair<const char*, const char*>>{
           {"[", "]"}, {"{\"a\":", "}"}, {"[{\"data\":", "}]"}}) {
    const std::string deep = repeated(open, depth) + "1" + repeated(close, depth);
    for (const std::string& text :
         {R"({"message_type":"certificate_update","data":{"x":)" + deep + "," + names + "}}",
          R"({"x":)" + deep + R"(,"data":{)" + names + R"(},"message_type":"certificate_update"})",
          R"({"message_type":"certificate_update","data":{"chain":)" + deep + "," + names + "}}",
          R"({"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":[)" + deep +
              R"(,"a.b"]}}})"}) {
      const testing::MessageBytes bytes(text);
      const auto skimmed = decoder.skim(bytes.message());
      REQUIRE(skimmed.has_value());
      REQUIRE(skimmed->names.size() == 1);
      CHECK(skimmed->names[0] == "a.b");
      const auto sighting = decoder.read(bytes.message());
      REQUIRE(sighting.has_value());
      CHECK(sighting->sighting.claimed.names == std::vector<std::string>{"a.b"});
    }
    const testing::MessageBytes not_closed("{\"data\":" + repeated(open, depth));
    CHECK(decoder.skim(not_closed.message()).error() == Undecodable::invalid_json);
    CHECK(decoder.read(not_closed.message()).error() == Undecodable::invalid_json);
  }
}

TEST_CASE("names of any length and number are all there") {
  CertstreamDecoder decoder;
  const std::string long_name = std::string(10'000, 'x') + ".example.org";
  std::string list = "[\"" + long_name + "\"";
  for (int i = 0; i < 50'000; ++i) list += ",\"name-" + std::to_string(i) + ".example\"";
  const testing::MessageBytes bytes(with_domains(list + "]"));
  const auto skimmed = decoder.skim(bytes.message());
  REQUIRE(skimmed.has_value());
  REQUIRE(skimmed->names.size() == 50'001);
  CHECK(skimmed->names.front() == long_name);
  CHECK(skimmed->names.back() == "name-49999.example");
}

TEST_CASE("a message of 16 MiB that is all names is read, and so is the next small one") {
  struct Row {
    std::string element;
    std::size_t size;
    bool is_name;
  };
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  CertstreamDecoder decoder;
  const testing::MessageBytes small(with_domains("[\"a.b\",\"\\u0063.d\"]"));
  for (const Row& row : std::vector<Row>{{R"("\n")", 16 * mebibyte, true},
                                         {R"("")", 2 * mebibyte, true},
                                         {"1", 2 * mebibyte, false}}) {
    INFO(row.element);
    const std::size_t count = row.size / (row.element.size() + 1);
    std::string list = "[" + repeated(row.element + ",", count);
    list.back() = ']';
    {
      const testing::MessageBytes bytes(with_domains(list));
      const auto skimmed = decoder.skim(bytes.message());
      REQUIRE(skimmed.has_value());
      CHECK(skimmed->names.size() == (row.is_name ? count : 0));
    }
    const auto skimmed = decoder.skim(small.message());
    REQUIRE(skimmed.has_value());
    REQUIRE(skimmed->names.size() == 2);
    CHECK(skimmed->names[1] == "c.d");
  }
}

TEST_CASE("a certificate of 300 kB is read whole") {
  CertstreamDecoder decoder;
  build::Parts parts;
  parts.extensions = build::extension("\x2A\x05", std::string(300'000, 'A'));
  const std::string der = parts.certificate();
  const testing::MessageBytes bytes(R"({"data":{"leaf_cert":{"as_der":")" + to_base64(der) +
                                    R"("}}})");
  const Sighting sighting = decoder.read(bytes.message()).value().sighting;
  REQUIRE(sighting.computed.has_value());
  CHECK(sighting.computed->sha1 == to_hex(sha1(der)));
}

TEST_CASE("a real message cut off anywhere is refused") {
  CertstreamDecoder decoder;
  std::string text = testing::real_file("go_lite_precertificate.json");
  text.resize(text.find_last_of('}') + 1);
  for (std::size_t size = 1; size < text.size(); ++size) {
    const testing::MessageBytes bytes(text.substr(0, size), '}');
    const auto skimmed = decoder.skim(bytes.message());
    INFO(size);
    REQUIRE_FALSE(skimmed.has_value());
    CHECK(skimmed.error() == Undecodable::invalid_json);
    CHECK_FALSE(decoder.read(bytes.message()).has_value());
  }
}

TEST_CASE("a real message with random bytes changed never breaks out, whatever lies behind it") {
  CertstreamDecoder decoder;
  std::mt19937 random(20260501);
  constexpr std::string_view likely = "{}[]\",:\\u0tn \xFF";
  const std::string original = testing::real_file("go_lite_precertificate.json");
  std::size_t decoded = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = original;
    const std::size_t changes = 1 + random() % 4;
    for (std::size_t i = 0; i < changes; ++i) {
      text[random() % text.size()] = likely[random() % likely.size()];
    }
    const testing::MessageBytes bytes(text, '}');
    const testing::MessageBytes other(text, ',');
    const auto skimmed = decoder.skim(bytes.message());
    if (!skimmed) {
      CHECK(decoder.skim(other.message()).error() == skimmed.error());
      continue;
    }
    ++decoded;
    const std::vector<std::string> names(skimmed->names.begin(), skimmed->names.end());
    const MessageType type = skimmed->type;
    REQUIRE(decoder.skim(other.message()).value().type == type);
    if (type == MessageType::certificate_update) {
      REQUIRE(decoder.read(other.message()).value().sighting.claimed.names == names);
    }
  }
  CHECK(decoded > 500);
}

}  // namespace
}  // namespace certwatch
