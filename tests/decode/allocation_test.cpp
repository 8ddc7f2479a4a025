// What skim() takes.
#include <string>
#include <vector>

#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "decode/real_messages.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace certwatch {
namespace {

std::vector<testing::MessageBytes> messages() {
  std::vector<testing::MessageBytes> all;
  for (const std::string& line : testing::real_lines("go_full_session.jsonl")) {
    all.emplace_back(line);
  }
  for (const char* file :
       {"go_domains_only.json", "go_full_certificate.json", "go_full_precertificate.json",
        "go_full_static_ct.json", "go_lite_precertificate.json",
        "elixir_2018_full_precertificate.json", "elixir_2024_lite_precertificate.json",
        "python_2017_full_certificate.json", "python_2017_full_no_update_type.json",
        "python_2017_heartbeat.json"}) {
    all.emplace_back(testing::real_file(file));
  }
  all.emplace_back(
      R"({"data":{"cert_index":1,"source":{"url":"a\/b"},"leaf_cert":{"all_domains":)"
      R"(["b\u00fccher.example","\ud800","x"]}},"message_type":"certificate_update"})");
  all.emplace_back("{\"data\":");
  return all;
}

TEST_CASE("skim allocates nothing once its buffers have grown") {
  const std::vector<testing::MessageBytes> all = messages();
  CertstreamDecoder decoder;
  std::size_t names = 0;
  const auto skim_all = [&] {
    for (const testing::MessageBytes& bytes : all) {
      const auto skimmed = decoder.skim(bytes.message());
      if (skimmed) names += skimmed->names.size();
    }
  };
  skim_all();
  REQUIRE(names > 80);
  const std::size_t before = testing::allocations();
  for (int i = 0; i < 100; ++i) skim_all();
  CHECK(testing::allocations() - before == 0);
}

TEST_CASE("buffers grow by doubling, not with every message that is a little longer") {
  CertstreamDecoder decoder;
  const std::size_t before = testing::allocations();
  for (std::size_t size = 1000; size < 900'000; size += 1000) {
    const testing::MessageBytes bytes("{\"x\":\"" + std::string(size, 'x') + "\"}");
    REQUIRE(decoder.skim(bytes.message()).has_value());
  }
  // Three or so of the test's own for each message, and a few for each doubling.
  CHECK(testing::allocations() - before < 900 * 3 + 50);
}

TEST_CASE("a huge message takes a small multiple of its size, and the next one gives it back") {
  constexpr std::size_t size = std::size_t{16} << 20;
  const testing::MessageBytes small(R"({"message_type":"heartbeat"})");
  for (const std::string name : {R"("")", R"("\n")"}) {
    INFO(name);
    std::string text =
        R"({"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":[)";
    text.reserve(size + 100);
    while (text.size() < size) text += name + ",";
    text += name + "]}}}";
    const testing::MessageBytes huge(text);
    CertstreamDecoder decoder;
    REQUIRE(decoder.skim(small.message()).has_value());

    testing::forget_most_bytes_held();
    const std::size_t before = testing::bytes_held();
    REQUIRE(decoder.skim(huge.message()).has_value());
    CHECK(testing::most_bytes_held() - before < 14 * size);
    REQUIRE(decoder.skim(small.message()).has_value());
    CHECK(testing::bytes_held() < before + (std::size_t{1} << 20));
  }
}

TEST_CASE("what is kept of a huge message is little, whatever it is huge in") {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  const std::string huge(28 * mebibyte, 'x');
  struct Row {
    const char* why;
    std::string leaf;
    std::size_t most_held;
  };
  std::string names;
  while (names.size() < 16 * mebibyte) names += "\"a.example\",";
  const std::vector<Row> table = {
      {"issuer, twice", R"("issuer":{"O":")" + huge + R"("},"serial_number":"1")", mebibyte},
      {"issuer with an escape", R"("issuer":{"O":"\n)" + huge + R"("})", mebibyte},
      {"serial", R"("serial_number":")" + huge + '"', mebibyte},
      {"fingerprint", R"("fingerprint":")" + huge + '"', mebibyte},
      {"DER that is none", R"("as_der":")" + huge + '"', mebibyte},
      {"one name", R"("all_domains":["a.example",")" + huge + R"("])", mebibyte},
      {"many names", R"("all_domains":[)" + names + "\"a.example\"]", 16 * mebibyte},
  };
  const testing::MessageBytes small(R"({"message_type":"heartbeat"})");
  for (const Row& row : table) {
    INFO(row.why);
    const testing::MessageBytes bytes(
        R"({"message_type":"certificate_update","data":{"leaf_cert":{)" + row.leaf + "}}}");
    CertstreamDecoder decoder;
    REQUIRE(decoder.skim(bytes.message()).has_value());
    const std::size_t before = testing::bytes_held();
    testing::forget_most_bytes_held();
    const auto decoded = decoder.read(bytes.message());
    CHECK(testing::most_bytes_held() < before + 100 * mebibyte);
    REQUIRE(decoded.has_value());
    REQUIRE(decoder.skim(small.message()).has_value());
    CHECK(testing::bytes_held() < before + row.most_held);
  }
}

}  // namespace
}  // namespace certwatch
