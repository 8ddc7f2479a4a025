#include "classify/identify.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;
using Differing = std::vector<ClaimedFact>;

const std::string sha1_a(40, 'a');
const std::string sha256_a(64, 'a');
const std::string tbs_a(64, '7');

CertificateFacts ours() {
  CertificateFacts facts;
  facts.sha1 = sha1_a;
  facts.sha256 = sha256_a;
  facts.tbs_sha256 = tbs_a;
  facts.spki_sha256 = std::string(64, '5');
  facts.serial = "0123AB";
  facts.not_before = 1704067200;
  facts.not_after = 1711843200;
  facts.names = {"example.org", "www.example.org"};
  facts.is_precertificate = true;
  return facts;
}

// What a message can say of it.
CertificateFacts claimed_of(CertificateFacts facts) {
  facts.tbs_sha256.clear();
  facts.spki_sha256.clear();
  return facts;
}

// The same facts of somebody else's certificate.
CertificateFacts foreign() {
  CertificateFacts facts;
  facts.sha1 = std::string(40, 'f');
  facts.sha256 = std::string(64, 'f');
  facts.tbs_sha256 = std::string(64, '9');
  facts.serial = "99";
  facts.not_before = 5;
  facts.not_after = 6;
  facts.names = {"example.org"};
  return facts;
}

Sighting without_der(CertificateFacts claimed) {
  Sighting sighting;
  sighting.claimed = std::move(claimed);
  sighting.message.source_name = "A Log";
  sighting.message.source_url = "https://log.example/2024/";
  sighting.message.cert_index = 42;
  return sighting;
}
Sighting with_der(CertificateFacts computed, CertificateFacts claimed) {
  Sighting sighting = without_der(std::move(claimed));
  sighting.computed = std::move(computed);
  sighting.der = DerState::read;
  return sighting;
}

TEST_CASE("with its DER a sighting is recognised by all that the DER says") {
  const Identity identity = identify(with_der(ours(), claimed_of(ours())));
  CHECK(identity.fingerprints == Names{sha1_a, sha256_a});
  CHECK(identity.tbs_sha256 == tbs_a);
  CHECK(identity.serial_key == SerialKey{"123ab", 1704067200, 1711843200});
  CHECK(identity.names == Names{"example.org", "www.example.org"});
  CHECK(identity.source_key.empty());
  CHECK(identity.is_precertificate);
  CHECK(identity.is_hashed());
}

TEST_CASE("where DER was read, nothing that the message claims counts") {
  // A hijack's DER in a message that bears our serial, dates and names.
  const Identity identity = identify(with_der(foreign(), claimed_of(ours())));
  CHECK(identity.fingerprints == Names{std::string(40, 'f'), std::string(64, 'f')});
  CHECK(identity.tbs_sha256 == std::string(64, '9'));
  CHECK(identity.serial_key == SerialKey{"99", 5, 6});
  CHECK(identity.names == Names{"example.org"});
  CHECK_FALSE(identity.is_precertificate);
  // Nor does it fill in what the DER does not say.
  CertificateFacts bare;
  bare.sha1 = sha1_a;
  const Identity of_bare = identify(with_der(bare, claimed_of(ours())));
  CHECK_FALSE(of_bare.serial_key.has_value());
  CHECK(of_bare.names.empty());
}

TEST_CASE("without DER the message has to do, and gives no TBS hash") {
  const Identity identity = identify(without_der(claimed_of(ours())));
  CHECK(identity.fingerprints == Names{sha1_a});
  CHECK(identity.tbs_sha256.empty());
  CHECK(identity.serial_key == SerialKey{"123ab", 1704067200, 1711843200});
  CHECK(identity.names == Names{"example.org", "www.example.org"});
  CHECK(identity.is_precertificate);
  CHECK_FALSE(identity.is_hashed());
}

TEST_CASE("what came with DER that is not believed is a certificate, whatever it is called") {
  for (const DerState der : {DerState::unreadable, DerState::unwatched}) {
    Sighting sighting = without_der(claimed_of(ours()));
    sighting.der = der;
    const Identity identity = identify(sighting);
    CHECK_FALSE(identity.is_precertificate);
    CHECK(identity.fingerprints == Names{sha1_a});
    CHECK_FALSE(identity.is_hashed());
  }
}

TEST_CASE("a precertificate under a signing certificate is recognised as one without a hash") {
  CertificateFacts facts = ours();
  facts.tbs_sha256.clear();
  const Identity identity = identify(with_der(facts, {}));
  CHECK_FALSE(identity.is_hashed());
  CHECK(identity.is_precertificate);
  CHECK(identity.fingerprints == Names{sha1_a});
  CHECK(identity.serial_key == identify(without_der(claimed_of(ours()))).serial_key);
}

TEST_CASE("a claimed SHA-256 beside a claimed SHA-1 is no second claim") {
  // The inventory has SHA-1 only: such a claim could never be ours.
  CHECK(identify(without_der(claimed_of(ours()))).fingerprints == Names{sha1_a});
}

TEST_CASE("a message without a fingerprint has none, and one with one of its kind has that") {
  CertificateFacts facts = claimed_of(ours());
  facts.sha1.clear();
  CHECK(identify(without_der(facts)).fingerprints == Names{sha256_a});
  facts.sha256.clear();
  CHECK(identify(without_der(facts)).fingerprints.empty());
  CHECK_FALSE(identify(without_der(facts)).is_blank());
  facts.is_precertificate = false;
  CHECK(identify(without_der(facts)).is_blank());
}

TEST_CASE("key and names do not depend on how a server writes things") {
  CertificateFacts facts = claimed_of(ours());
  facts.serial = "01:23:ab";
  facts.names = {"WWW.example.org.", "example.org", " example.org ", "", "192.0.2.1", "localhost"};
  const Identity identity = identify(without_der(facts));
  CHECK(identity.serial_key == identify(without_der(claimed_of(ours()))).serial_key);
  CHECK(identity.names == identify(without_der(claimed_of(ours()))).names);
}

TEST_CASE("without serial or a bound of the validity there is no serial key") {
  using Change = void (*)(CertificateFacts&);
  for (const Change change : {Change([](CertificateFacts& f) { f.serial.clear(); }),
                              Change([](CertificateFacts& f) { f.serial = " "; }),
                              Change([](CertificateFacts& f) { f.not_before.reset(); }),
                              Change([](CertificateFacts& f) { f.not_after.reset(); })}) {
    CertificateFacts facts = claimed_of(ours());
    change(facts);
    CHECK_FALSE(identify(without_der(facts)).serial_key.has_value());
  }
}

TEST_CASE("a source key needs a log and an index, and nothing else to go by") {
  Sighting sighting = without_der({});
  sighting.claimed.names = {"example.org"};
  const std::string key = identify(sighting).source_key;
  CHECK(key.size() == 64);
  sighting.message.source_name = "The same log by another name";
  CHECK(identify(sighting).source_key == key);
  sighting.message.cert_index = 43;
  CHECK(identify(sighting).source_key != key);
  sighting.message.source_url = "";
  const std::string by_name = identify(sighting).source_key;
  CHECK(by_name.size() == 64);
  CHECK(by_name != key);
  sighting.claimed.sha1 = sha1_a;
  CHECK(identify(sighting).source_key.empty());
  sighting.claimed.sha1.clear();
  sighting.message.source_name.reset();
  CHECK(identify(sighting).empty());
  sighting.message.source_url = "https://log.example/";
  sighting.message.cert_index.reset();
  CHECK(identify(sighting).empty());
}

TEST_CASE("all texts are fit for a text column") {
  CertificateFacts facts = claimed_of(ours());
  facts.serial = "12\0"s;
  facts.names = {"a\0.example"s, "\xED\xA0\x80.example", "\xFF.example"};
  const Identity identity = identify(without_der(facts));
  CHECK(identity.serial_key->serial == "12\uFFFD");
  CHECK(identity.names == Names{"a\uFFFD.example", "\uFFFD.example"});
}

TEST_CASE("a hundred thousand names are no trouble") {
  CertificateFacts facts = claimed_of(ours());
  for (int i = 0; i < 100'000; ++i) facts.names.push_back("host-" + std::to_string(i) + ".example");
  CHECK(identify(without_der(facts)).names.size() == 100'002);
}

TEST_CASE("what a message claims otherwise than its DER is told, fact by fact") {
  struct Row {
    const char* why;
    void (*change)(CertificateFacts& claimed);
    Differing differing;
  };
  const Row table[] = {
      {"the same", [](CertificateFacts&) {}, {}},
      {"nothing is claimed", [](CertificateFacts& f) { f = {}; }, {}},
      {"written otherwise",
       [](CertificateFacts& f) {
         f.serial = "01:23:ab";
         f.names = {"WWW.example.org", "example.org", "www.example.org."};
       },
       {}},
      {"another SHA-1",
       [](CertificateFacts& f) { f.sha1 = std::string(40, 'b'); },
       {ClaimedFact::fingerprint}},
      {"another SHA-256",
       [](CertificateFacts& f) { f.sha256 = std::string(64, 'b'); },
       {ClaimedFact::fingerprint}},
      {"another serial", [](CertificateFacts& f) { f.serial = "7"; }, {ClaimedFact::serial}},
      {"another begin", [](CertificateFacts& f) { ++*f.not_before; }, {ClaimedFact::validity}},
      {"another end", [](CertificateFacts& f) { --*f.not_after; }, {ClaimedFact::validity}},
      {"only one end is claimed, and it is right",
       [](CertificateFacts& f) { f.not_before.reset(); },
       {}},
      {"a name more",
       [](CertificateFacts& f) { f.names.push_back("a.example.org"); },
       {ClaimedFact::names}},
      {"a name less", [](CertificateFacts& f) { f.names.pop_back(); }, {ClaimedFact::names}},
      {"all of it",
       [](CertificateFacts& f) { f = foreign(); },
       {ClaimedFact::fingerprint, ClaimedFact::serial, ClaimedFact::validity, ClaimedFact::names}},
  };
  for (const Row& row : table) {
    INFO(row.why);
    CertificateFacts claimed = claimed_of(ours());
    row.change(claimed);
    CHECK(differing_claims(with_der(ours(), claimed)) == row.differing);
    // Without DER there is nothing to compare with.
    CHECK(differing_claims(without_der(claimed)).empty());
  }
}

TEST_CASE("a validity that the DER does not have differs from every one that is claimed") {
  CertificateFacts computed = ours();
  computed.not_after.reset();
  CHECK(differing_claims(with_der(computed, claimed_of(ours()))) ==
        Differing{ClaimedFact::validity});
}

}  // namespace
}  // namespace certwatch
