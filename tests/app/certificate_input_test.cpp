#include "app/certificate_input.h"

#include <iostream>
#include <sstream>

#include "base/base64.h"
#include "classify/identify.h"
#include "support/catch.h"
#include "support/certificate_builder.h"
#include "support/data_file.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string certificate_der() {
  return data_file("pairs/google.tg/final.der");
}
std::string precertificate_der() {
  return data_file("pairs/google.tg/precert.der");
}

std::string pem(const std::string& der) {
  const std::string text = to_base64(der);
  std::string block = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) block += text.substr(at, 64) + '\n';
  return block + "-----END CERTIFICATE-----\n";
}

std::string error_of(const std::string& content) {
  const auto found = sightings(content);
  return found ? "none" : found.error().message;
}

// Puts a text in the place of standard input.
class StandardInput {
 public:
  explicit StandardInput(const std::string& text)
      : text_(text), former_(std::cin.rdbuf(text_.rdbuf())) {}
  ~StandardInput() {
    std::cin.rdbuf(former_);
    std::cin.clear();
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  std::istringstream text_;
  std::streambuf* former_;
};

TEST_CASE("a file is read whole, whatever its bytes") {
  const auto content = read_input(CERTWATCH_SOURCE_DIR "/tests/data/pairs/google.tg/final.der");
  REQUIRE(content);
  CHECK(*content == certificate_der());
}

TEST_CASE("a dash is standard input") {
  const StandardInput input(std::string("a\0b\n", 4));
  const auto content = read_input("-");
  REQUIRE(content);
  CHECK(*content == std::string("a\0b\n", 4));
}

TEST_CASE("what cannot be read is an error that names it, fit for a terminal") {
  const auto missing = read_input("/no/such\x1b[2J/file");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, ContainsSubstring("/no/such"));
  CHECK(missing.error().message.find('\x1b') == std::string::npos);
  CHECK_FALSE(read_input("/"));
}

TEST_CASE("a file without end is refused at the limit") {
  const auto endless = read_input("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK_THAT(endless.error().message, ContainsSubstring("too large"));
}

TEST_CASE("PEM gives every certificate of the file, with whatever stands around them") {
  const std::string first = certificate_der();
  const std::string second = precertificate_der();
  std::string text = "subject=/CN=google.tg\n" + pem(first) + "\nissuer\n" + pem(second) + "end";
  SECTION("lines end in LF") {}
  SECTION("lines end in CR LF") {
    std::string windows;
    for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    text = windows;
  }
  const auto certificates = der_certificates(text);
  REQUIRE(certificates);
  CHECK(*certificates == std::vector<std::string>{first, second});
}

TEST_CASE("a private key in the same file is passed over") {
  const auto certificates = der_certificates(
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + pem(certificate_der()));
  REQUIRE(certificates);
  CHECK(certificates->size() == 1);
  CHECK_FALSE(der_certificates("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
}

TEST_CASE("PEM that breaks off or is not base64 is an error, not a shorter list") {
  const std::string good = pem(certificate_der());
  CHECK_FALSE(der_certificates(good + good.substr(0, good.size() / 2)));
  CHECK_FALSE(der_certificates(good + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"));
}

TEST_CASE("DER is DER, also where a hostile issuer wrote PEM into a name") {
  CHECK(*der_certificates(certificate_der()) == std::vector<std::string>{certificate_der()});
  build::Parts parts;
  parts.issuer = build::sequence(build::attribute("\x55\x04\x0A", pem(certificate_der())));
  const std::string disguised = parts.certificate();
  const auto certificates = der_certificates(disguised);
  REQUIRE(certificates);
  CHECK(*certificates == std::vector<std::string>{disguised});
}

TEST_CASE("what is no certificate in any form is an error") {
  const char* content = GENERATE("", "\n \n", "hello", "[]", "0 what a day", "null");
  INFO(content);
  CHECK_FALSE(sightings(content));
}

TEST_CASE("a certificate from a file is known by all that it says itself") {
  const auto found = sightings(certificate_der());
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().der == DerState::read);
  CHECK(differing_claims(found->front()).empty());
  const Identity identity = identify(found->front());
  CHECK(identity.fingerprints.front() == "fd37572da1a1583a43a1dbdd883787aa4f063dba");
  CHECK(identity.tbs_sha256 == "0dc20a3bde2c142e63f93c04ed04f8c70605607dcfa9f6bb18d5ac20b10eefb6");
  CHECK_FALSE(identity.is_precertificate);
}

TEST_CASE("precertificate and certificate from files are one issuance") {
  const auto certificate = sightings(pem(certificate_der()));
  const auto precertificate = sightings(precertificate_der());
  REQUIRE(certificate);
  REQUIRE(precertificate);
  const Identity first = identify(precertificate->front());
  const Identity second = identify(certificate->front());
  CHECK(first.is_precertificate);
  CHECK(first.tbs_sha256 == second.tbs_sha256);
  CHECK(first.serial_key == second.serial_key);
  CHECK(first.names == second.names);
  CHECK(first.fingerprints != second.fingerprints);
}

TEST_CASE("names, serial and dates are those of the certificate") {
  build::Parts parts;
  parts.extensions = build::dns_names({"example.org", "www.example.org"});
  const auto sighting = sighting_of(parts.certificate());
  REQUIRE(sighting);
  const CertificateFacts& facts = sighting->facts();
  CHECK(facts.names == std::vector<std::string>{"example.org", "www.example.org"});
  CHECK(facts.serial == "0123");
  CHECK(facts.not_before == 1704067200);
  CHECK(facts.not_after == 1711843200);
}

TEST_CASE("DER that is no certificate is an error") {
  const std::string der = certificate_der();
  CHECK(error_of(der.substr(0, der.size() - 1)) != "none");
  CHECK(error_of(der + '\0') != "none");
  CHECK(error_of(pem("0")) != "none");
}

TEST_CASE("certstream messages of every server are read, one message a file") {
  const char* name =
      GENERATE("elixir_2018_full_precertificate.json", "elixir_2024_lite_precertificate.json",
               "go_full_certificate.json", "go_full_precertificate.json", "go_full_static_ct.json",
               "go_lite_precertificate.json", "python_2017_full_certificate.json",
               "python_2017_full_no_update_type.json");
  INFO(name);
  const auto found = sightings(data_file(std::string("certstream/") + name));
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK_FALSE(found->front().claimed.names.empty());
  CHECK_FALSE(identify(found->front()).empty());
}

TEST_CASE("a session is read message by message; what is no certificate is left out") {
  const std::string session = data_file("certstream/go_full_session.jsonl");
  const auto alone = sightings(session);
  REQUIRE(alone);
  const auto mixed = sightings("{\"message_type\":\"heartbeat\"}\n\n" + session + "\r\n");
  REQUIRE(mixed);
  CHECK(mixed->size() == alone->size());
  CHECK(alone->size() > 1);
}

TEST_CASE("a session without certificates, and a line that is no message, are errors") {
  CHECK_THAT(error_of(data_file("certstream/python_2017_heartbeat.json")),
             ContainsSubstring("certificate_update"));
  CHECK_THAT(error_of("{\"message_type\":\"heartbeat\"}\n{\"message_type\":"),
             ContainsSubstring("line 2"));
}

}  // namespace
}  // namespace certwatch
