#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;

struct Seen {
  MessageType type;
  Names names;
  std::string source_url;
  std::optional<std::uint64_t> cert_index;
};

Result<Seen, Undecodable> skim(std::string_view text) {
  CertstreamDecoder decoder;
  const testing::MessageBytes bytes(text);
  const auto skimmed = decoder.skim(bytes.message());
  if (!skimmed) return tl::unexpected(skimmed.error());
  return Seen{skimmed->type,
              {skimmed->names.begin(), skimmed->names.end()},
              std::string(skimmed->source_url),
              skimmed->cert_index};
}

Names names(std::string_view text) {
  const auto seen = skim(text);
  INFO(text);
  REQUIRE(seen.has_value());
  CHECK(seen->type == MessageType::certificate_update);
  return seen->names;
}

std::string update(const std::string& data) {
  return R"({"message_type":"certificate_update","data":)" + data + "}";
}
std::string with_domains(const std::string& list) {
  return update(R"({"leaf_cert":{"all_domains":)" + list + "}}");
}

TEST_CASE("the order of keys does not matter") {
  const Names expected = {"a.example", "b.example"};
  const std::string list = R"("all_domains":["a.example","b.example"])";
  CHECK(names(update("{\"leaf_cert\":{" + list + "}}")) == expected);
  CHECK(names("{\"data\":{\"leaf_cert\":{" + list + R"(}},"message_type":"certificate_update"})") ==
        expected);
  CHECK(
      names(R"({"x":[{"y":{}}],"data":{"chain":[{"all_domains":["ca.example"]}],"leaf_cert":{"z":)"
            R"({"all_domains":["inner.example"]},)" +
            list + R"(,"n":null},"m":1},"message_type":"certificate_update","w":""})") == expected);
}

TEST_CASE("white space is allowed wherever JSON allows it") {
  CHECK(names(" \n{ \"message_type\" : \"certificate_update\" , \"data\" :\t{\r\n\"leaf_cert\" : {"
              "\"all_domains\" : [ \"a.example\" , \"b.example\" \n] } } }\n\n") ==
        Names{"a.example", "b.example"});
}

TEST_CASE("the type of a message is one of a closed set") {
  for (const auto& [value, type] : std::vector<std::pair<std::string, MessageType>>{
           {R"("certificate_update")", MessageType::certificate_update},
           {R"("heartbeat")", MessageType::heartbeat},
           {R"("dns_entries")", MessageType::dns_entries},
           {R"("certificate_\u0075pdate")", MessageType::certificate_update},
           {R"("Heartbeat")", MessageType::other},
           {R"("heartbeat ")", MessageType::other},
           {R"("certificate_update\u0000")", MessageType::other},
           {R"("")", MessageType::other},
           {R"("\q")", MessageType::other},
           {"17", MessageType::other},
           {"true", MessageType::other},
           {R"(["heartbeat"])", MessageType::other},
           {R"({"heartbeat":1})", MessageType::other},
           {"null", MessageType::unknown}}) {
    INFO(value);
    const auto seen = skim("{\"message_type\":" + value + "}");
    REQUIRE(seen.has_value());
    CHECK(seen->type == type);
  }
  CHECK(skim("{}").value().type == MessageType::unknown);
  CHECK(skim(R"({"data":{}})").value().type == MessageType::unknown);
}

TEST_CASE("only certificate updates have names and a source") {
  const std::string data =
      R"("data":{"cert_index":1,"source":{"url":"u"},"leaf_cert":{"all_domains":["a.example"]}})";
  for (const char* type : {R"("heartbeat")", R"("dns_entries")", R"("other")", "null", "1"}) {
    INFO(type);
    const auto seen = skim("{" + data + ",\"message_type\":" + type + "}");
    REQUIRE(seen.has_value());
    CHECK(seen->names.empty());
    CHECK(seen->source_url.empty());
    CHECK_FALSE(seen->cert_index.has_value());
  }
}

TEST_CASE("names are unescaped, in order, repeats and odd ones included") {
  CHECK(names(with_domains(R"(["B.Example","a.example","B.Example",""," ","a\n.b","\u0000",)"
                           R"("b\u00fccher.example","b)"
                           "\u00FC"
                           R"(cher.example","\ud800.example","\"\\\/","192.0.2.1"])")) ==
        Names{"B.Example", "a.example", "B.Example", "", " ", "a\n.b", "\0"s, "b\u00FCcher.example",
              "b\u00FCcher.example", "\xED\xA0\x80.example", "\"\\/", "192.0.2.1"});
}

TEST_CASE("what is no string in the list of names is passed over") {
  CHECK(names(with_domains(
            R"([null,"a.example",1,-1.5e3,true,false,["x.example"],{"y":"z.example"},[],{},)"
            R"([[["deep.example"]]],"b.example"])")) == Names{"a.example", "b.example"});
  CHECK(names(with_domains("[1,2,3]")).empty());
}

TEST_CASE("no list of names, no names") {
  for (const char* list :
       {"null", "[]", "[ ]", "\"a.example\"", "{}", R"({"0":"a.example"})", "1", "true", "\"\""}) {
    INFO(list);
    CHECK(names(with_domains(list)).empty());
  }
  for (const char* data :
       {"null", "[]", R"(["a.example"])", "\"a\"", "1", "{}", R"({"leaf_cert":null})",
        R"({"leaf_cert":[]})", R"({"leaf_cert":"x"})", R"({"leaf_cert":{}})",
        R"({"leaf_cert":[{"all_domains":["a.b"]}]})", R"({"all_domains":["a.b"]})"}) {
    INFO(data);
    CHECK(names(update(data)).empty());
  }
  CHECK(names(R"({"message_type":"certificate_update"})").empty());
}

TEST_CASE("of a key that comes twice the last holds, with all that is in it") {
  const auto leaf = [](const std::string& list) {
    return "\"leaf_cert\":{\"all_domains\":" + list + "}";
  };
  const std::string a = leaf("[\"a.b\"]");
  const std::string c = leaf("[\"c.d\"]");
  CHECK(names(R"({"message_type":"heartbeat","data":{)" + a +
              R"(},"message_type":"certificate_update"})") == Names{"a.b"});
  CHECK(names(R"({"message_type":"certificate_update","data":{)" + a + "},\"data\":{" + c + "}}") ==
        Names{"c.d"});
  CHECK(
      names(R"({"message_type":"certificate_update","data":{)" + a + R"(},"data":null})").empty());
  CHECK(names(R"({"message_type":"certificate_update","data":{)" + a + R"(},"data":{}})").empty());
  CHECK(names(update("{" + a + "," + c + "}")) == Names{"c.d"});
  CHECK(names(update("{" + a + ",\"leaf_cert\":7}")).empty());
  CHECK(names(update(R"({"leaf_cert":{"all_domains":["a.b"],"all_domains":["c.d","e.f"]}})")) ==
        Names{"c.d", "e.f"});
  CHECK(names(update(R"({"leaf_cert":{"all_domains":["a.b"],"all_domains":null}})")).empty());
  const auto seen =
      skim(update(R"({"cert_index":1,"cert_index":2,"source":{"url":"a","url":"b"}})"));
  CHECK(seen.value().cert_index == 2U);
  CHECK(seen.value().source_url == "b");
  const auto gone = skim(update(R"({"cert_index":1,"source":{"url":"a"},"source":{}})"));
  CHECK(gone.value().source_url.empty());
  const auto all_gone = skim(R"({"message_type":"certificate_update","data":{"cert_index":1,)"
                             R"("source":{"url":"a"}},"data":{"cert_index":2}})");
  CHECK_FALSE(all_gone.value().cert_index.has_value());
}

TEST_CASE("keys are recognised however they are escaped, and not by their beginning") {
  CHECK(names(R"({"message\u005ftype":"certificate_update","\u0064ata":{"leaf_cer\u0074":)"
              R"({"all\u005Fdomains":["a.b"]}}})") == Names{"a.b"});
  CHECK(names(R"({"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["a.b"],)"
              R"("all_domains\u0000":["no"],"all_domainss":["no"],"all_domain":["no"],"\"":["no"],)"
              R"("all_domains\\":["no"],"\ud800":["no"],"all_\q":["no"],"":["no"]}}})") ==
        Names{"a.b"});
}

TEST_CASE("source and index are given together, the index as an integer") {
  const auto index_of = [](const std::string& index) {
    const auto seen = skim(update(R"({"cert_index":)" + index + R"(,"source":{"url":"log\/1"}})"));
    REQUIRE(seen.has_value());
    CHECK(seen->source_url == (seen->cert_index ? "log/1" : ""));
    return seen->cert_index;
  };
  CHECK(index_of("0") == 0U);
  CHECK(index_of("351839181") == 351839181U);
  CHECK(index_of("18446744073709551615") == 18446744073709551615U);
  for (const char* none : {"18446744073709551616", "-1", "1.0", "1e3", "01", "1x", "\"1\"", "null",
                           "true", "[1]", "{}"}) {
    INFO(none);
    CHECK_FALSE(index_of(none).has_value());
  }
  for (const char* data :
       {R"({"cert_index":1})", R"({"cert_index":1,"source":null})",
        R"({"cert_index":1,"source":"u"})", R"({"cert_index":1,"source":[]})",
        R"({"cert_index":1,"source":{"url":null}})",
        R"({"cert_index":1,"source":{"url":7,"name":"n"}})", R"({"source":{"url":"u"}})"}) {
    INFO(data);
    const auto seen = skim(update(data));
    REQUIRE(seen.has_value());
    CHECK(seen->source_url.empty());
    CHECK_FALSE(seen->cert_index.has_value());
  }
}

TEST_CASE("a byte order mark is passed over, once") {
  CHECK(names("\xEF\xBB\xBF" + with_domains("[\"a.b\"]")) == Names{"a.b"});
  CHECK(skim("\xEF\xBB\xBF\xEF\xBB\xBF" + with_domains("[\"a.b\"]")).error() ==
        Undecodable::invalid_json);
  CHECK(skim("\xEF\xBB\xBF").error() == Undecodable::empty);
}

}  // namespace
}  // namespace certwatch
