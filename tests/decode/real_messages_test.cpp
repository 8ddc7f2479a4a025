// What real servers sent. The values were read from the same files with another JSON parser.
#include "decode/real_messages.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/certstream_json.h"
#include "decode/message_bytes.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using Text = std::optional<std::string>;

struct Expected {
  std::string file;
  std::size_t name_count;
  std::string first_name, last_name;
  Text update_type, cert_link;
  std::string source_url, source_name;
  std::int64_t cert_index, seen_at;
  std::string fingerprint_sha1;
  Text fingerprint_sha256, serial_number, issuer_o, issuer_cn, issuer_aggregated;
  std::string not_before_json, not_after_json;
  bool has_der;
};

const std::vector<Expected>& expected_messages() {
  static const std::vector<Expected> table = {
      {"go_full_certificate.json", 1, "www.dallasmediaproductions.com",
       "www.dallasmediaproductions.com", "X509LogEntry",
       "https://ct.googleapis.com/logs/us1/argon2026h2/ct/v1/"
       "get-entries?start=1111014091&end=1111014091",
       "https://ct.googleapis.com/logs/us1/argon2026h2", "Google 'Argon2026h2'", 1111014091,
       1795177268, "9689700ff8c198101c3ee4be4b8cd730c99ad002",
       "06cd298b682a960b2b1ed161d6fe3cb2eb49addbdde905336cd765ea116c8efc",
       "A0F68BA87D9BC8D0927276A9AB726294", "ZeroSSL GmbH", "ZeroSSL ECC DV SSL CA 2",
       "/C=AT/CN=ZeroSSL ECC DV SSL CA 2/O=ZeroSSL GmbH", "1779235200", "1787097599", true},
      {"go_full_precertificate.json", 1, "portal.dragonjar.org", "portal.dragonjar.org",
       "PrecertLogEntry",
       "https://ct.googleapis.com/logs/us1/argon2026h2/ct/v1/"
       "get-entries?start=1111014090&end=1111014090",
       "https://ct.googleapis.com/logs/us1/argon2026h2", "Google 'Argon2026h2'", 1111014090,
       1795177268, "30af23fe9be0772eff5c0526700b79ff566bbe3a",
       "de722a58267a423caadff9cb59a8508bc9cc616d12c0a2ff9327b1151b5ec386",
       "B99764012EA87DB00E6A7788EBE7C44B", "Google Trust Services", "WR1",
       "/C=US/CN=WR1/O=Google Trust Services", "1779299292", "1787078880", true},
      {"go_lite_precertificate.json", 1, "portal.dragonjar.org", "portal.dragonjar.org",
       "PrecertLogEntry",
       "https://ct.googleapis.com/logs/us1/argon2026h2/ct/v1/"
       "get-entries?start=1111014090&end=1111014090",
       "https://ct.googleapis.com/logs/us1/argon2026h2", "Google 'Argon2026h2'", 1111014090,
       1795177268, "30af23fe9be0772eff5c0526700b79ff566bbe3a",
       "de722a58267a423caadff9cb59a8508bc9cc616d12c0a2ff9327b1151b5ec386",
       "B99764012EA87DB00E6A7788EBE7C44B", "Google Trust Services", "WR1",
       "/C=US/CN=WR1/O=Google Trust Services", "1779299292", "1787078880", false},
      // The digests of nothing: the server did not have the certificate.
      {"go_full_static_ct.json", 7, "*.canary84ac95f0599a.26i7jl.c1.kafka.eu-west-2.amazonaws.com",
       "*.scram.canary84ac95f0599a.26i7jl.c1.kafka.eu-west-2.amazonaws.com", "PrecertLogEntry", "",
       "https://example-tiled-log.invalid", "example_tile (tesseract testdata)", 1024, 1795177621,
       "", std::nullopt, "0FDE8A3B578D10F05B6B3A696C8F9894", "Amazon", "Amazon RSA 2048 M03",
       "/C=US/CN=Amazon RSA 2048 M03/O=Amazon", "1717632000", "1751759999", false},
      {"elixir_2018_full_precertificate.json", 2,
       "hsbconlineverification.sditbuahhatipemalang.sch.id",
       "www.hsbconlineverification.sditbuahhatipemalang.sch.id", "PrecertLogEntry",
       "http://ct.cloudflare.com/logs/nimbus2018/ct/v1/get-entries?start=234352286&end=234352286",
       "ct.cloudflare.com/logs/nimbus2018/", "Cloudflare 'Nimbus2018' Log", 234352286, 1535175435,
       "7ef8f07e94e6f00b71c35a7aa9ee74473ee3bfb3", std::nullopt, "29F4AFF7FA023FBD2C21884A4B667D2",
       std::nullopt, std::nullopt, std::nullopt, "1535155200", "1543017599", true},
      {"elixir_2024_lite_precertificate.json", 2, "*.d7zdnegbre53n.amplifyapp.com",
       "d7zdnegbre53n.amplifyapp.com", "PrecertLogEntry",
       "https://yeti2025.ct.digicert.com/log/ct/v1/get-entries?start=43061646&end=43061646",
       "https://yeti2025.ct.digicert.com/log/", "DigiCert Yeti2025 Log", 43061646, 1709651773,
       "d905a3d5aaf968bc0c0a1569c95e119232674ffa", std::nullopt, "FDB450C1942E3D30A18737063449E62",
       "Amazon", "Amazon RSA 2048 M02", "/C=US/CN=Amazon RSA 2048 M02/O=Amazon", "1709596800",
       "1743811199", false},
      {"python_2017_full_certificate.json", 1, "rawlivingvibrantenergy.com",
       "rawlivingvibrantenergy.com", "X509LogEntry", std::nullopt, "ct.googleapis.com/rocketeer",
       "Google 'Rocketeer' log", 163947593, 1510095720, "330bec7ef4271c98abf36260445931b02a5d6f59",
       std::nullopt, "3782aa9e6eb6abf940a126f2369bc3d2b16", std::nullopt, std::nullopt,
       std::nullopt, "1509717735.0", "1517493735.0", true},
      {"python_2017_full_no_update_type.json", 41, "sni249585.cloudflaressl.com", "wb778.com",
       std::nullopt, std::nullopt, "ct.googleapis.com/skydiver", "Google 'Skydiver' log", 1680961,
       1494498476, "", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
       "1494460800.0", "1510963199.0", true},
  };
  return table;
}

TEST_CASE("the names of real messages are skimmed") {
  CertstreamDecoder decoder;
  for (const Expected& expected : expected_messages()) {
    INFO(expected.file);
    const testing::MessageBytes bytes(testing::real_file(expected.file));
    const auto skimmed = decoder.skim(bytes.message());
    REQUIRE(skimmed.has_value());
    CHECK(skimmed->type == MessageType::certificate_update);
    REQUIRE(skimmed->names.size() == expected.name_count);
    CHECK(skimmed->names.front() == expected.first_name);
    CHECK(skimmed->names.back() == expected.last_name);
    CHECK(skimmed->source_url == expected.source_url);
    CHECK(skimmed->cert_index == static_cast<std::uint64_t>(expected.cert_index));
  }
}

TEST_CASE("everything of real messages is read") {
  CertstreamDecoder decoder;
  for (const Expected& expected : expected_messages()) {
    INFO(expected.file);
    const testing::MessageBytes bytes(testing::real_file(expected.file));
    const auto decoded = decoder.read(bytes.message());
    REQUIRE(decoded.has_value());
    CHECK(decoded->cuts == 0);
    const Sighting& sighting = decoded->sighting;
    const CertificateFacts& claimed = sighting.claimed;
    REQUIRE(claimed.names.size() == expected.name_count);
    CHECK(claimed.names.front() == expected.first_name);
    CHECK(claimed.names.back() == expected.last_name);
    CHECK(claimed.sha1 == expected.fingerprint_sha1);
    CHECK(claimed.sha256 == expected.fingerprint_sha256.value_or(""));
    CHECK(claimed.serial == expected.serial_number.value_or(""));
    CHECK(claimed.not_before == std::stol(expected.not_before_json));
    CHECK(claimed.not_after == std::stol(expected.not_after_json));
    const MessageFacts& message = sighting.message;
    CHECK(message.update_type == expected.update_type);
    CHECK(message.cert_link == expected.cert_link);
    CHECK(message.source_url == expected.source_url);
    CHECK(message.source_name == expected.source_name);
    CHECK(message.cert_index == expected.cert_index);
    CHECK(message.seen_at == expected.seen_at);
    CHECK(message.serial_number == expected.serial_number);
    CHECK(message.issuer_o == expected.issuer_o);
    CHECK(message.issuer_cn == expected.issuer_cn);
    CHECK(message.issuer_aggregated == expected.issuer_aggregated);
    CHECK(message.not_before_json == expected.not_before_json);
    CHECK(message.not_after_json == expected.not_after_json);
    CHECK(message.not_before == std::stod(expected.not_before_json));
    CHECK(message.not_after == std::stod(expected.not_after_json));
    CHECK(sighting.der == (expected.has_der ? DerState::read : DerState::absent));
  }
}

TEST_CASE("real messages claim what their DER says, whatever the order of keys") {
  CertstreamDecoder decoder;
  for (const Expected& expected : expected_messages()) {
    if (!expected.has_der) continue;
    INFO(expected.file);
    const testing::MessageBytes bytes(testing::real_file(expected.file));
    const Sighting sighting = decoder.read(bytes.message()).value().sighting;
    REQUIRE(sighting.computed.has_value());
    if (!sighting.claimed.sha1.empty()) CHECK(sighting.computed->sha1 == sighting.claimed.sha1);
    CHECK(sighting.computed->names == sighting.claimed.names);
    CHECK(sighting.computed->not_before == sighting.claimed.not_before);
    CHECK(sighting.computed->not_after == sighting.claimed.not_after);
    CHECK(sighting.computed->is_precertificate ==
          (expected.update_type.value_or("").starts_with("Pre")));
    CHECK(sighting.computed->tbs_sha256.size() == 64);
  }
}

TEST_CASE("messages without a certificate are told by their type") {
  CertstreamDecoder decoder;
  for (const auto& [file, type] : std::vector<std::pair<std::string, MessageType>>{
           {"go_domains_only.json", MessageType::dns_entries},
           {"python_2017_heartbeat.json", MessageType::heartbeat}}) {
    INFO(file);
    const testing::MessageBytes bytes(testing::real_file(file));
    const auto skimmed = decoder.skim(bytes.message());
    REQUIRE(skimmed.has_value());
    CHECK(skimmed->type == type);
    CHECK(skimmed->names.empty());
    CHECK(skimmed->source_url.empty());
    CHECK_FALSE(skimmed->cert_index.has_value());
  }
}

TEST_CASE("skim and read agree on every message of a real session") {
  CertstreamDecoder decoder;
  const std::vector<std::string> lines = testing::real_lines("go_full_session.jsonl");
  REQUIRE(lines.size() == 10);
  for (const std::string& line : lines) {
    const testing::MessageBytes bytes(line);
    const auto skimmed = decoder.skim(bytes.message());
    REQUIRE(skimmed.has_value());
    CHECK(skimmed->type == MessageType::certificate_update);
    const std::vector<std::string> names(skimmed->names.begin(), skimmed->names.end());
    const auto index = skimmed->cert_index;
    const std::string url(skimmed->source_url);
    const auto decoded = decoder.read(bytes.message());
    REQUIRE(decoded.has_value());
    CHECK_FALSE(names.empty());
    CHECK(decoded->sighting.claimed.names == names);
    const MessageFacts& message = decoded->sighting.message;
    CHECK(static_cast<std::uint64_t>(message.cert_index.value()) == index);
    CHECK(message.source_url == url);
  }
}

}  // namespace
}  // namespace certwatch
