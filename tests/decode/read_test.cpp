#include <limits>
#include <string>
#include <vector>

#include "base/base64.h"
#include "base/digest.h"
#include "base/text.h"
#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "support/catch.h"
#include "support/certificate_builder.h"
#include "support/data_file.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

Decoded decode(std::string_view text) {
  CertstreamDecoder decoder;
  const testing::MessageBytes bytes(text);
  auto decoded = decoder.read(bytes.message());
  INFO(text.substr(0, 1000));
  REQUIRE(decoded.has_value());
  return *std::move(decoded);
}
Sighting read(std::string_view text) {
  return decode(text).sighting;
}

std::string with_leaf(const std::string& members) {
  return R"({"data":{"leaf_cert":{)" + members + R"(}},"message_type":"certificate_update"})";
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
  const Sighting sighting = decoder.read(message).value().sighting;
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
    CHECK_FALSE(sighting.message.update_type.has_value());
    CHECK_FALSE(sighting.message.cert_link.has_value());
    CHECK_FALSE(sighting.message.source_name.has_value());
    CHECK_FALSE(sighting.message.source_url.has_value());
    CHECK_FALSE(sighting.message.cert_index.has_value());
    CHECK(sighting.message.seen_at == 0);
    CHECK(sighting.claimed.names.empty());
    CHECK(sighting.message.all_sans_json == "[]");
    CHECK(sighting.message.all_sans_storable_json == "[]");
    CHECK(sighting.claimed.sha1.empty());
    CHECK(sighting.claimed.sha256.empty());
    CHECK(sighting.claimed.serial.empty());
    CHECK_FALSE(sighting.claimed.not_before.has_value());
    CHECK_FALSE(sighting.claimed.not_after.has_value());
    CHECK_FALSE(sighting.claimed.is_precertificate);
    CHECK_FALSE(sighting.message.serial_number.has_value());
    CHECK_FALSE(sighting.message.issuer_o.has_value());
    CHECK_FALSE(sighting.message.issuer_cn.has_value());
    CHECK_FALSE(sighting.message.issuer_aggregated.has_value());
    CHECK_FALSE(sighting.message.not_before_json.has_value());
    CHECK_FALSE(sighting.message.not_after_json.has_value());
    CHECK_FALSE(sighting.message.not_before.has_value());
    CHECK_FALSE(sighting.message.not_after.has_value());
    CHECK(sighting.der == DerState::absent);
    CHECK_FALSE(sighting.computed.has_value());
  }
}

TEST_CASE("strings are unescaped, and empty ones are there") {
  const Sighting sighting =
      read_body(R"("update_type":"X\u0035","cert_link":"","source":{"name":"a\"b","url":"\ud800"},)"
                R"("leaf_cert":{"serial_number":"","issuer":{"O":"O\u0000","CN":"","aggregated":)"
                R"("\/C=x"}})");
  CHECK(sighting.message.update_type == "X5");
  CHECK(sighting.message.cert_link == "");
  CHECK(sighting.message.source_name == "a\"b");
  CHECK(sighting.message.source_url == "\xED\xA0\x80");
  CHECK(sighting.message.serial_number == "");
  CHECK(sighting.message.issuer_o == "O\0"s);
  CHECK(sighting.message.issuer_cn == "");
  CHECK(sighting.message.issuer_aggregated == "/C=x");
}

TEST_CASE("only what can be a fingerprint is claimed as one") {
  struct Row {
    const char* why;
    std::string fingerprint;
    std::string sha1;
    std::string sha256;
  };
  const std::string of_40 = "30af23fe9be0772eff5c0526700b79ff566bbe3a";
  const std::string of_64 = "de722a58267a423caadff9cb59a8508bc9cc616d12c0a2ff9327b1151b5ec386";
  for (const Row& row : std::vector<Row>{
           {"as it stands", of_40, of_40, ""},
           {"with colons, in capitals",
            "30:AF:23:FE:9B:E0:77:2E:FF:5C:05:26:70:0B:79:FF:56:6B:BE:3A", of_40, ""},
           {"a SHA-256", of_64, "", of_64},
           {"what every message of a faulty feed may say", "N/A", "", ""},
           {"nothing", "", "", ""},
           {"colons", "::", "", ""},
           {"too short", "30af23fe", "", ""},
           {"a digit too few", of_40.substr(1), "", ""},
           {"a digit too many", of_40 + "a", "", ""},
           {"not hexadecimal", "g" + of_40.substr(1), "", ""},
           {"white space", " " + of_40, "", ""},
           {"SHA-1 of nothing", "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09", "",
            ""},
           {"a neighbour of it", "da39a3ee5e6b4b0d3255bfef95601890afd8070a",
            "da39a3ee5e6b4b0d3255bfef95601890afd8070a", ""},
           {"SHA-256 of nothing",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", ""},
           {"colons without end", std::string(100'000, ':') + of_40, "", ""}}) {
    INFO(row.why);
    const CertificateFacts claimed =
        read_leaf("\"fingerprint\":\"" + row.fingerprint + "\"").claimed;
    CHECK(claimed.sha1 == row.sha1);
    CHECK(claimed.sha256 == row.sha256);
  }
}

TEST_CASE("a SHA-256 is claimed by its own key as well, and by no other number of digits") {
  const auto sha256 = [](const std::string& text) {
    return read_leaf("\"sha256\":\"" + text + "\"").claimed.sha256;
  };
  CHECK(sha256(std::string(64, 'A')) == std::string(64, 'a'));
  CHECK(sha256("0:1" + std::string(62, 'F')) == "01" + std::string(62, 'f'));
  CHECK(sha256(std::string(63, 'a')).empty());
  CHECK(sha256(std::string(65, 'a')).empty());
  CHECK(sha256(std::string(40, 'a')).empty());
  CHECK(sha256(std::string(63, 'a') + "g").empty());
  CHECK(sha256("").empty());
  CHECK(sha256("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855").empty());
  // What the message calls the fingerprint counts for more.
  const std::string both =
      R"("fingerprint":")" + std::string(64, 'b') + R"(","sha256":")" + std::string(64, 'a') + "\"";
  CHECK(read_leaf(both).claimed.sha256 == std::string(64, 'b'));
}

TEST_CASE("serial, whole seconds and kind are claimed as the message has them") {
  const Sighting sighting =
      read_body(R"("update_type":"PrecertLogEntry","leaf_cert":{"serial_number":"0A:1b",)"
                R"("not_before":1509717735.9,"not_after":-1.5})");
  CHECK(sighting.claimed.serial == "0A:1b");
  CHECK(sighting.claimed.not_before == 1509717735);
  CHECK(sighting.claimed.not_after == -1);
  CHECK(sighting.claimed.is_precertificate);
  CHECK_FALSE(read_leaf(R"("not_before":1e300)").claimed.not_before.has_value());

  struct Row {
    const char* update_type;
    bool is_precertificate;
  };
  for (const Row& row : {Row{"\"PrecertLogEntry\"", true}, Row{"\"PreCertEntry\"", true},
                         Row{"\"PRECERT\"", true}, Row{"\" precertlogentry\"", true},
                         Row{"\"X509LogEntry\"", false}, Row{"\"\"", false}, Row{"null", false}}) {
    INFO(row.update_type);
    CHECK(read_body("\"update_type\":"s + row.update_type).claimed.is_precertificate ==
          row.is_precertificate);
  }
}

TEST_CASE("validity times are kept as they stand and as numbers") {
  const auto at = [](const std::string& token) {
    return read_leaf("\"not_before\":" + token + " ,\"not_after\":" + token);
  };
  for (const char* token : {"1509717735", "1509717735.0", "1.509717735e9", "-1", "0",
                            "1234567890123456789012345678901234567890"}) {
    INFO(token);
    const Sighting sighting = at(token);
    CHECK(sighting.message.not_before_json == token);
    CHECK(sighting.message.not_after_json == token);
    CHECK(sighting.message.not_before == std::stod(token));
    CHECK(sighting.message.not_after == std::stod(token));
  }
  for (const char* token : {"12345678901234567890123456789012345678901", "01", "1x", "+1", "NaN",
                            "-", "null", "\"1509717735\"", "[1]"}) {
    INFO(token);
    const Sighting sighting = at(token);
    CHECK_FALSE(sighting.message.not_before_json.has_value());
    CHECK_FALSE(sighting.message.not_before.has_value());
    CHECK_FALSE(sighting.message.not_after_json.has_value());
    CHECK_FALSE(sighting.message.not_after.has_value());
  }
  // A number of JSON that no double can hold.
  CHECK(at("1e999").message.not_before_json == "1e999");
  CHECK_FALSE(at("1e999").message.not_before.has_value());
}

TEST_CASE("seen is cut to whole seconds, and 0 where it is out of range") {
  const auto seen = [](const std::string& token) {
    return read_body("\"seen\":" + token).message.seen_at;
  };
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
    return read_body("\"cert_index\":" + token).message.cert_index;
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
  CHECK(sighting.claimed.names == std::vector<std::string>{"a.b", "", "A.B\0"s, "\xED\xA0\x80",
                                                           "\xF0\x9F\x98\x80", "q\"\\/\n"});
  CHECK(sighting.message.all_sans_json ==
        R"(["a.b","",null,"A.B\u0000",1,-1.50e+3,true,false,null,null,"\ud800",)"
        "\"\xF0\x9F\x98\x80\","
        R"("q\"\\/\n",null,null,1e999999])");
  CHECK(sighting.message.all_sans_storable_json ==
        "[\"a.b\",\"\",null,\"A.B\xEF\xBF\xBD\",null,null,null,null,null,null,\"\xEF\xBF\xBD\","
        "\"\xF0\x9F\x98\x80\","
        R"("q\"\\/\n",null,null,null])");
}

TEST_CASE("of a key that comes twice the last holds, and what stood in the first is gone") {
  const Sighting sighting = read_body(
      R"("update_type":"a","update_type":"b","source":{"url":"u","name":"n"},"source":{"name":"m"},)"
      R"("leaf_cert":{"serial_number":"1","issuer":{"O":"o"},"as_der":"x"},)"
      R"("leaf_cert":{"issuer":{"O":"o","CN":"c"},"issuer":{"CN":"d"},"not_before":1,"not_before":null})");
  CHECK(sighting.message.update_type == "b");
  CHECK(sighting.message.source_name == "m");
  CHECK_FALSE(sighting.message.source_url.has_value());
  CHECK_FALSE(sighting.message.serial_number.has_value());
  CHECK(sighting.der == DerState::absent);
  CHECK(sighting.message.issuer_cn == "d");
  CHECK_FALSE(sighting.message.issuer_o.has_value());
  CHECK_FALSE(sighting.message.not_before_json.has_value());

  const Sighting second = read(R"({"data":{"update_type":"a","cert_link":"l","source":{"url":"u"},)"
                               R"("leaf_cert":{"as_der":"x"}},"data":{"cert_index":1}})");
  CHECK(second.message.cert_index == 1);
  CHECK_FALSE(second.message.update_type.has_value());
  CHECK_FALSE(second.message.cert_link.has_value());
  CHECK_FALSE(second.message.source_url.has_value());
  CHECK(second.der == DerState::absent);
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
    CHECK(sighting.claimed.names == std::vector<std::string>{"a.b", "c.d"});
    CHECK(sighting.message.all_sans_json == R"(["a.b","c.d"])");
    CHECK(sighting.message.source_url == "u");
    CHECK(sighting.message.cert_index == 5);
    CHECK_FALSE(sighting.message.serial_number.has_value());
  }
}

std::string base64_member(const char* key, const std::string& der) {
  return '"' + std::string(key) + "\":\"" + to_base64(der) + '"';
}

TEST_CASE("all that DER says is computed, and what the message claims stays beside it") {
  const std::string der = data_file("pairs/google.tg/final.der");
  const Sighting sighting =
      read_leaf(R"("fingerprint":"30AF23FE9BE0772EFF5C0526700B79FF566BBE3A","serial_number":"7",)"
                R"("all_domains":["a.b"],)" +
                base64_member("as_der", der));
  CHECK(sighting.der == DerState::read);
  REQUIRE(sighting.computed.has_value());
  CHECK(sighting.computed->sha1 == to_hex(sha1(der)));
  CHECK(sighting.computed->tbs_sha256 == to_hex(tbs_sha256(der).value()));
  CHECK(sighting.computed->names.front() == "google.tg");
  CHECK(sighting.claimed.sha1 == "30af23fe9be0772eff5c0526700b79ff566bbe3a");
  CHECK(sighting.claimed.serial == "7");
  CHECK(sighting.claimed.names == std::vector<std::string>{"a.b"});
  CHECK(&sighting.facts() == &*sighting.computed);
}

TEST_CASE("DER is read however its base64 is escaped") {
  std::string escaped;
  for (const char c : to_base64(data_file("pairs/google.tg/final.der"))) {
    escaped += c == '/' ? "\\/" : c == '+' ? "\\u002b" : std::string(1, c);
  }
  CHECK(read_leaf("\"as_der\":\"" + escaped + "\"").der == DerState::read);
}

TEST_CASE("DER that is none is told apart from none") {
  const std::string der = data_file("pairs/google.tg/final.der");
  for (const std::string& text : {"not base64"s, to_base64("not DER"), to_base64(der + '\0'),
                                  to_base64(der.substr(1)), to_base64(der) + "\\n"}) {
    const Sighting sighting = read_leaf("\"as_der\":\"" + text + "\"");
    CHECK(sighting.der == DerState::unreadable);
    CHECK_FALSE(sighting.computed.has_value());
  }
  CHECK(read_leaf(R"("as_der":"")").der == DerState::absent);
}

TEST_CASE("the first of the chain says whether a precertificate has a TBS hash") {
  build::Parts parts;
  parts.subject = build::sequence(build::attribute("\x55\x04\x03", "Precertificate Signing"));
  parts.extensions = build::key_purpose(build::precertificate_signing_oid);
  const std::string signer = parts.certificate();
  parts = {};
  parts.issuer = build::sequence(build::attribute("\x55\x04\x03", "Precertificate Signing"));
  parts.extensions = build::dns_names({"example.org"}) + build::poison();
  const std::string leaf = "\"leaf_cert\":{" + base64_member("as_der", parts.certificate()) + "}";
  const std::string first = "{" + base64_member("as_der", signer) + "}";

  CHECK(read_body(leaf).computed->tbs_sha256.size() == 64);
  CHECK(read_body("\"chain\":[" + first + "]," + leaf).computed->tbs_sha256.empty());
  CHECK(read_body(leaf + ",\"chain\":[" + first + ",{}]").computed->tbs_sha256.empty());
  CHECK(read_body("\"chain\":[{}," + first + "]," + leaf).computed->tbs_sha256.size() == 64);
  CHECK(read_body("\"chain\":[" + first + "],\"chain\":[{}]," + leaf).computed->tbs_sha256.size() ==
        64);
}

TEST_CASE("every text is cut at its bound, between two characters, and the cuts are counted") {
  const std::string longest(longest_text, 'x');
  const std::string longer = longest + "y";
  const auto text = [](const std::string& value) {
    return R"({"data":{"update_type":")" + value + R"(","cert_link":")" + value +
           R"(","source":{"name":")" + value + R"(","url":")" + value +
           R"("},"leaf_cert":{"serial_number":")" + value + R"(","issuer":{"O":")" + value +
           R"(","CN":")" + value + R"(","aggregated":")" + value + R"("}}}})";
  };
  CHECK(decode(text(longest)).cuts == 0);
  const Decoded decoded = decode(text(longer));
  CHECK(decoded.cuts == 8);
  const MessageFacts& message = decoded.sighting.message;
  for (const auto* kept : {&message.update_type, &message.cert_link, &message.source_name,
                           &message.source_url, &message.serial_number, &message.issuer_o,
                           &message.issuer_cn, &message.issuer_aggregated}) {
    CHECK(*kept == longest);
  }
  CHECK(decoded.sighting.claimed.serial == longest);
  CHECK(read_body(R"("cert_link":")" + longest.substr(1) + "\u00FC\"").message.cert_link ==
        longest.substr(1));
}

TEST_CASE("a list of names is kept up to its bounds, and what is left out is counted") {
  const auto listed = [](const std::string& element, std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + element;
    return decode(with_leaf("\"all_domains\":[" + list + "]"));
  };
  const Decoded all = listed(R"("a.b")", most_names);
  CHECK(all.cuts == 0);
  CHECK(all.sighting.claimed.names.size() == most_names);
  const Decoded many = listed(R"("a.b")", most_names + 7);
  CHECK(many.cuts == 7);
  CHECK(many.sighting.claimed.names.size() == most_names);
  CHECK(many.sighting.message.all_sans_json == all.sighting.message.all_sans_json);
  CHECK(listed("null", most_names + 7).cuts == 7);

  const std::string megabyte(std::size_t{1} << 20, 'x');
  const Decoded large = listed('"' + megabyte + '"', 7);
  CHECK(large.sighting.claimed.names.size() == 3);
  CHECK(large.cuts == 4);
  CHECK(large.sighting.message.all_sans_json.size() < most_name_bytes + 10);
  // Each takes six bytes in the list: what it takes there counts.
  const Decoded escaped = listed('"' + std::string(megabyte.size(), '\x7F') + '"', 7);
  CHECK(escaped.sighting.claimed.names.empty());
  CHECK(escaped.cuts == 7);
  // A name too long for the list does not keep the next one out of it.
  const Decoded behind =
      decode(with_leaf("\"all_domains\":[\"" + std::string(most_name_bytes, 'x') + "\",\"a.b\"]"));
  CHECK(behind.sighting.claimed.names == std::vector<std::string>{"a.b"});
  CHECK(behind.cuts == 1);
  CHECK(decode(with_leaf("\"all_domains\":[" + std::string(most_name_bytes + 1, '1') + "]")).cuts ==
        1);
}

}  // namespace
}  // namespace certwatch
