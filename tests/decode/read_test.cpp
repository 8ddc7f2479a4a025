#include <limits>
#include <string>
#include <vector>

#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

Sighting read(std::string_view text) {
  CertstreamDecoder decoder;
  const testing::MessageBytes bytes(text);
  auto sighting = decoder.read(bytes.message());
  INFO(text);
  REQUIRE(sighting.has_value());
  return *std::move(sighting);
}

Sighting read_body(const std::string& members) {
  return read(R"({"data":{)" + members + R"(},"message_type":"certificate_update"})");
}
Sighting read_leaf(const std::string& members) {
  return read_body("\"leaf_cert\":{" + members + "}");
}

TEST_CASE("a sighting keeps the times of its message") {
  CertstreamDecoder decoder;
  const testing::MessageBytes bytes("{}");
  Message message = bytes.message();
  message.received_at = SystemTime(std::chrono::seconds(1'700'000'000));
  message.received_steady = SteadyTime(std::chrono::seconds(17));
  const Sighting sighting = decoder.read(message).value();
  CHECK(sighting.received_at == message.received_at);
  CHECK(sighting.received_steady == message.received_steady);
}

TEST_CASE("what a message does not say is absent") {
  for (const char* text :
       {"{}", R"({"data":null})", R"({"data":[]})", R"({"data":{}})",
        R"({"data":{"leaf_cert":null,"source":null,"chain":null,"seen":null,"cert_index":null}})",
        R"({"data":{"update_type":null,"cert_link":null,"source":{"url":null,"name":null},)"
        R"("chain":[],"leaf_cert":{"fingerprint":null,"sha256":null,"serial_number":null,)"
        R"("issuer":null,"not_before":null,"not_after":null,"as_der":null,"all_domains":null}}})",
        R"({"data":{"update_type":1,"cert_link":[],"source":{"url":{},"name":true},)"
        R"("chain":["x"],"seen":"1","cert_index":"1","leaf_cert":{"fingerprint":1,"sha256":[],)"
        R"("serial_number":77,"issuer":{"O":1,"CN":[],"aggregated":{}},"not_before":"1",)"
        R"("not_after":true,"as_der":1,"all_domains":"a.b"}}})",
        R"({"data":{"leaf_cert":{"issuer":"Some CA"},"chain":{"as_der":"AA=="}}})",
        R"({"data":{"chain":[["x"],{"as_der":"AA=="}],"source":"x"}})"}) {
    INFO(text);
    const Sighting sighting = read(text);
    CHECK_FALSE(sighting.update_type.has_value());
    CHECK_FALSE(sighting.cert_link.has_value());
    CHECK_FALSE(sighting.source_name.has_value());
    CHECK_FALSE(sighting.source_url.has_value());
    CHECK_FALSE(sighting.cert_index.has_value());
    CHECK(sighting.seen_at == 0);
    CHECK(sighting.names.empty());
    CHECK(sighting.all_sans_json == "[]");
    CHECK(sighting.all_sans_storable_json == "[]");
    CHECK(sighting.fingerprint_sha1.empty());
    CHECK_FALSE(sighting.fingerprint_sha256.has_value());
    CHECK_FALSE(sighting.serial_number.has_value());
    CHECK_FALSE(sighting.issuer_o.has_value());
    CHECK_FALSE(sighting.issuer_cn.has_value());
    CHECK_FALSE(sighting.issuer_aggregated.has_value());
    CHECK_FALSE(sighting.not_before_json.has_value());
    CHECK_FALSE(sighting.not_after_json.has_value());
    CHECK_FALSE(sighting.not_before.has_value());
    CHECK_FALSE(sighting.not_after.has_value());
    CHECK(sighting.as_der_base64.empty());
    CHECK(sighting.issuer_der_base64.empty());
  }
}

TEST_CASE("strings are unescaped, and empty ones are there") {
  const Sighting sighting =
      read_body(R"("update_type":"X\u0035","cert_link":"","source":{"name":"a\"b","url":"\ud800"},)"
                R"("leaf_cert":{"serial_number":"","issuer":{"O":"O\u0000","CN":"","aggregated":)"
                R"("\/C=x"},"as_der":"AA\/+"},"chain":[{"as_der":"BB\u002f="}])");
  CHECK(sighting.update_type == "X5");
  CHECK(sighting.cert_link == "");
  CHECK(sighting.source_name == "a\"b");
  CHECK(sighting.source_url == "\xED\xA0\x80");
  CHECK(sighting.serial_number == "");
  CHECK(sighting.issuer_o == "O\0"s);
  CHECK(sighting.issuer_cn == "");
  CHECK(sighting.issuer_aggregated == "/C=x");
  CHECK(sighting.as_der_base64 == "AA/+");
  CHECK(sighting.issuer_der_base64 == "BB/=");
}

TEST_CASE(
    "a fingerprint is lower-cased and freed of colons, and says nothing where it is of nothing") {
  struct Row {
    std::string text;
    std::string fingerprint;
  };
  for (const Row& row : std::vector<Row>{
           {"30:AF:23:FE", "30af23fe"},
           {"30af23fe", "30af23fe"},
           {"", ""},
           {"::", ""},
           {"not hexadecimal", "not hexadecimal"},
           {"DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09", ""},
           {"da39a3ee5e6b4b0d3255bfef95601890afd80709", ""},
           {"da39a3ee5e6b4b0d3255bfef95601890afd8070a", "da39a3ee5e6b4b0d3255bfef95601890afd8070a"},
           {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""},
           {std::string(128, 'a'), std::string(128, 'a')},
           {std::string(128, 'a') + ":", std::string(128, 'a')},
           {std::string(129, 'a'), ""}}) {
    INFO(row.text);
    CHECK(read_leaf("\"fingerprint\":\"" + row.text + "\"").fingerprint_sha1 == row.fingerprint);
  }
}

TEST_CASE("a SHA-256 fingerprint is one only if it has its 64 digits") {
  const auto sha256 = [](const std::string& text) {
    return read_leaf("\"sha256\":\"" + text + "\"").fingerprint_sha256;
  };
  CHECK(sha256(std::string(64, 'A')) == std::string(64, 'a'));
  CHECK(sha256("0:1" + std::string(62, 'F')) == "01" + std::string(62, 'f'));
  CHECK_FALSE(sha256(std::string(63, 'a')).has_value());
  CHECK_FALSE(sha256(std::string(65, 'a')).has_value());
  CHECK_FALSE(sha256(std::string(63, 'a') + "g").has_value());
  CHECK_FALSE(sha256("").has_value());
  CHECK_FALSE(
      sha256("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855").has_value());
}

TEST_CASE("validity times are kept as they stand and as numbers") {
  const auto at = [](const std::string& token) {
    return read_leaf("\"not_before\":" + token + " ,\"not_after\":" + token);
  };
  for (const char* token : {"1509717735", "1509717735.0", "1.509717735e9", "-1", "0",
                            "1234567890123456789012345678901234567890"}) {
    INFO(token);
    const Sighting sighting = at(token);
    CHECK(sighting.not_before_json == token);
    CHECK(sighting.not_after_json == token);
    CHECK(sighting.not_before == std::stod(token));
    CHECK(sighting.not_after == std::stod(token));
  }
  for (const char* token : {"12345678901234567890123456789012345678901", "01", "1x", "+1", "NaN",
                            "-", "null", "\"1509717735\"", "[1]"}) {
    INFO(token);
    const Sighting sighting = at(token);
    CHECK_FALSE(sighting.not_before_json.has_value());
    CHECK_FALSE(sighting.not_before.has_value());
    CHECK_FALSE(sighting.not_after_json.has_value());
    CHECK_FALSE(sighting.not_after.has_value());
  }
  // A number of JSON that no double can hold.
  CHECK(at("1e999").not_before_json == "1e999");
  CHECK_FALSE(at("1e999").not_before.has_value());
}

TEST_CASE("seen is cut to whole seconds, and 0 where it is out of range") {
  const auto seen = [](const std::string& token) { return read_body("\"seen\":" + token).seen_at; };
  CHECK(seen("1535172718.981526") == 1535172718);
  CHECK(seen("1535172718") == 1535172718);
  CHECK(seen("1.5e9") == 1500000000);
  CHECK(seen("0.9") == 0);
  CHECK(seen("1e300") == 0);
  CHECK(seen("1e999") == 0);
  CHECK(seen("\"1535172718\"") == 0);
  CHECK(seen("017") == 0);
}

TEST_CASE("an index is an integer that a bigint holds") {
  const auto index = [](const std::string& token) {
    return read_body("\"cert_index\":" + token).cert_index;
  };
  CHECK(index("0") == 0);
  CHECK(index("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(index("-1") == -1);
  for (const char* none : {"9223372036854775808", "1.5", "1.0", "1e2", "\"1\"", "null"}) {
    INFO(none);
    CHECK_FALSE(index(none).has_value());
  }
}

TEST_CASE("the list of names is passed on as it stands, and in a form a database takes") {
  const Sighting sighting = read_leaf(
      R"("all_domains":["a.b","",null,"A.B\u0000", 1 ,-1.50e+3,true,false,["x"],{"y":1},"\ud800",)"
      R"("\ud83d\ude00","q\"\\\/\n",01,tru,1e999999])");
  CHECK(sighting.names == std::vector<std::string>{"a.b", "", "A.B\0"s, "\xED\xA0\x80",
                                                   "\xF0\x9F\x98\x80", "q\"\\/\n"});
  CHECK(sighting.all_sans_json ==
        R"(["a.b","",null,"A.B\u0000",1,-1.50e+3,true,false,null,null,"\ud800",)"
        "\"\xF0\x9F\x98\x80\","
        R"("q\"\\/\n",null,null,1e999999])");
  CHECK(sighting.all_sans_storable_json ==
        "[\"a.b\",\"\",null,\"A.B\xEF\xBF\xBD\",null,null,null,null,null,null,\"\xEF\xBF\xBD\","
        "\"\xF0\x9F\x98\x80\","
        R"("q\"\\/\n",null,null,null])");
}

TEST_CASE("of a key that comes twice the last holds, and what stood in the first is gone") {
  const Sighting sighting = read_body(
      R"("update_type":"a","update_type":"b","source":{"url":"u","name":"n"},"source":{"name":"m"},)"
      R"("chain":[{"as_der":"one"}],"chain":[{},{"as_der":"two"}],)"
      R"("leaf_cert":{"serial_number":"1","issuer":{"O":"o"},"as_der":"x"},)"
      R"("leaf_cert":{"issuer":{"O":"o","CN":"c"},"issuer":{"CN":"d"},"not_before":1,"not_before":null})");
  CHECK(sighting.update_type == "b");
  CHECK(sighting.source_name == "m");
  CHECK_FALSE(sighting.source_url.has_value());
  CHECK(sighting.issuer_der_base64.empty());
  CHECK_FALSE(sighting.serial_number.has_value());
  CHECK(sighting.as_der_base64.empty());
  CHECK(sighting.issuer_cn == "d");
  CHECK_FALSE(sighting.issuer_o.has_value());
  CHECK_FALSE(sighting.not_before_json.has_value());

  const Sighting second = read(R"({"data":{"update_type":"a","cert_link":"l","source":{"url":"u"},)"
                               R"("leaf_cert":{"as_der":"x"}},"data":{"cert_index":1}})");
  CHECK(second.cert_index == 1);
  CHECK_FALSE(second.update_type.has_value());
  CHECK_FALSE(second.cert_link.has_value());
  CHECK_FALSE(second.source_url.has_value());
  CHECK(second.as_der_base64.empty());
}

TEST_CASE("a flaw where skim does not look costs what lies there, not the match") {
  const std::string names = R"("all_domains":["a.b","\u0063.d"])";
  for (const std::string& leaf :
       {names + R"(,"issuer":{"O" "x"})", names + R"(,"issuer":{"O":"x",,})",
        R"("issuer":{"O":1 2},)" + names, names + R"(,"serial_number":"\q")"}) {
    const std::string text = R"({"message_type":"certificate_update","data":{"cert_index":5,)"
                             R"("source":{"url":"u"},"leaf_cert":{)" +
                             leaf + "}}}";
    INFO(text);
    CertstreamDecoder decoder;
    const testing::MessageBytes bytes(text);
    REQUIRE(decoder.skim(bytes.message()).has_value());
    const Sighting sighting = read(text);
    CHECK(sighting.names == std::vector<std::string>{"a.b", "c.d"});
    CHECK(sighting.all_sans_json == R"(["a.b","c.d"])");
    CHECK(sighting.source_url == "u");
    CHECK(sighting.cert_index == 5);
    CHECK_FALSE(sighting.serial_number.has_value());
  }
}

}  // namespace
}  // namespace certwatch
