#include "base/base64.h"
#include "base/digest.h"
#include "base/text.h"
#include "classify/issuance.h"
#include "issuances.h"
#include "support/catch.h"
#include "support/data_file.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

Sighting ours_seen() {
  return full_sighting(ours().precertificate, true);
}

TEST_CASE("with its DER a sighting is recognised by everything") {
  const Identified identified = identify(ours_seen());
  const Identity& identity = identified.identity;
  CHECK(identified.der == DerState::read);
  CHECK(identity.fingerprint == fingerprint_of(ours().precertificate));
  CHECK(identity.tbs_sha256 == to_hex(tbs_sha256(ours().precertificate).value()));
  CHECK(identity.serial_key.size() == 64);
  CHECK(identity.source_key.empty());
  CHECK(identity.serial == "123");
  CHECK(identity.not_before == 1704067200);
  CHECK(identity.not_after == 1711843200);
  CHECK(identity.is_precertificate);
  CHECK(identity.may_be_ours_by_serial);
  CHECK(identified.hashes.fingerprint_sha256 == to_hex(sha256(ours().precertificate)));
  CHECK(identified.hashes.tbs_sha256 == identity.tbs_sha256);
  const auto certificate = read_certificate(ours().precertificate);
  CHECK(identified.hashes.spki_sha256 == to_hex(sha256(certificate->spki)));
}

TEST_CASE("real pairs share the TBS hash, and the one that a CA got wrong does not") {
  std::string of_precertificate;
  for (const auto& row : data_table("pairs/vectors.tsv")) {
    const std::string der = data_file("pairs/" + row[0] + "/" + row[1]);
    const bool is_precertificate = row[1] == "precert.der";
    const Identity identity = identify(full_sighting(der, is_precertificate)).identity;
    INFO(row[0] << "/" << row[1]);
    CHECK(identity.tbs_sha256 == row[4]);
    CHECK(identity.fingerprint == row[2]);
    CHECK(identity.is_precertificate == is_precertificate);
    if (is_precertificate) {
      of_precertificate = identity.tbs_sha256;
    } else {
      CHECK((identity.tbs_sha256 == of_precertificate) == (row[0] != "wildcard.7acnr.mongodb.net"));
    }
  }
}

TEST_CASE("without DER the message has to do") {
  const Identified identified = identify(lite(ours_seen()));
  CHECK(identified.der == DerState::absent);
  CHECK(identified.identity.fingerprint == fingerprint_of(ours().precertificate));
  CHECK(identified.identity.tbs_sha256.empty());
  CHECK(identified.identity.serial_key == identify(ours_seen()).identity.serial_key);
  CHECK(identified.identity.may_be_ours_by_serial);
  CHECK(identified.hashes.fingerprint_sha256.empty());
  CHECK(identified.hashes.tbs_sha256.empty());
  CHECK(identified.hashes.spki_sha256.empty());
}

TEST_CASE("DER that is none counts as none, and is never ours by serial") {
  const std::string der = ours().precertificate;
  for (const std::string& text : {"not base64"s, to_base64("not DER"), to_base64(der + '\0'),
                                  to_base64(der.substr(1)), to_base64(der) + "\n"}) {
    Sighting sighting = ours_seen();
    sighting.as_der_base64 = text;
    const Identified identified = identify(sighting);
    CHECK(identified.der == DerState::unreadable);
    CHECK(identified.identity.tbs_sha256.empty());
    CHECK(identified.identity.fingerprint == sighting.fingerprint_sha1);
    CHECK(identified.identity.is_precertificate);  // the message says so
    CHECK_FALSE(identified.identity.may_be_ours_by_serial);
    CHECK(identified.hashes.fingerprint_sha256.empty());
  }
}

TEST_CASE("DER of another certificate than the message names counts as none") {
  Sighting sighting = ours_seen();
  sighting.as_der_base64 = to_base64(rogue().certificate);
  const Identified identified = identify(sighting);
  CHECK(identified.der == DerState::another);
  CHECK(identified.identity.fingerprint == sighting.fingerprint_sha1);
  CHECK(identified.identity.tbs_sha256.empty());
  CHECK(identified.identity.is_precertificate);
  CHECK_FALSE(identified.identity.may_be_ours_by_serial);
  CHECK(identified.hashes.fingerprint_sha256.empty());
  CHECK(identified.hashes.tbs_sha256.empty());
  CHECK(identified.hashes.spki_sha256.empty());
}

TEST_CASE("the fingerprint comes from the DER where the message has none that names it") {
  Sighting sighting = ours_seen();
  const std::string sha256_digits = to_hex(sha256(ours().precertificate));
  for (const std::string& given : {""s, sha256_digits, "whatever"s, "abcdef"s}) {
    sighting.fingerprint_sha1 = given;
    INFO(given);
    CHECK(identify(sighting).der == DerState::read);
    CHECK(identify(sighting).identity.fingerprint == fingerprint_of(ours().precertificate));
  }
  sighting.fingerprint_sha1 = to_hex(sha256(ours().certificate));
  CHECK(identify(sighting).der == DerState::another);
  sighting.fingerprint_sha1 = "what\0ever\xFF"s;
  CHECK(identify(lite(sighting)).identity.fingerprint == "what\uFFFDever\uFFFD");
}

TEST_CASE("the poison makes a precertificate; without DER, what the server calls it") {
  Sighting sighting = full_sighting(ours().certificate, true);
  CHECK_FALSE(identify(sighting).identity.is_precertificate);
  CHECK_FALSE(identify(sighting).identity.may_be_ours_by_serial);
  sighting = ours_seen();
  sighting.update_type = "X509LogEntry";
  CHECK(identify(sighting).identity.is_precertificate);

  struct Row {
    std::optional<std::string> update_type;
    bool is_precertificate;
  };
  for (const Row& row : {Row{"PrecertLogEntry", true}, Row{"PreCertEntry", true},
                         Row{"PRECERT", true}, Row{" precertlogentry", true},
                         Row{"X509LogEntry", false}, Row{"", false}, Row{std::nullopt, false}}) {
    sighting = lite(ours_seen());
    sighting.update_type = row.update_type;
    INFO(row.update_type.value_or("none"));
    CHECK(identify(sighting).identity.is_precertificate == row.is_precertificate);
    CHECK(identify(sighting).identity.may_be_ours_by_serial == row.is_precertificate);
  }
}

TEST_CASE("a serial key does not depend on how a server writes things") {
  const std::string key = identify(ours_seen()).identity.serial_key;
  Sighting sighting = ours_seen();
  sighting.serial_number = "01:23";
  sighting.not_before = 1704067200.75;
  sighting.names = {"WWW.example.org.", "example.org", " example.org ", "www.example.org", ""};
  CHECK(identify(sighting).identity.serial_key == key);
  CHECK(identify(full_sighting(ours().certificate, false)).identity.serial_key == key);
}

TEST_CASE("a serial key depends on everything it is made of") {
  const Sighting seen = ours_seen();
  const auto changed = [&seen](auto change) {
    Sighting sighting = seen;
    change(sighting);
    return identify(sighting).identity.serial_key;
  };
  const std::vector<std::string> keys = {
      identify(seen).identity.serial_key,
      changed([](Sighting& s) { s.issuer_o = "Another"; }),
      changed([](Sighting& s) { s.issuer_o.reset(); }),
      changed([](Sighting& s) { s.issuer_cn = "Another"; }),
      changed([](Sighting& s) { std::swap(s.issuer_o, s.issuer_cn); }),
      changed([](Sighting& s) { s.serial_number = "1230"; }),
      changed([](Sighting& s) { s.not_before = 1704067201; }),
      changed([](Sighting& s) { s.not_after = 1711843201; }),
      changed([](Sighting& s) { s.names.pop_back(); }),
      changed([](Sighting& s) { s.names.push_back("other.example.org"); }),
      changed([](Sighting& s) { s.names = {"example.orgwww.example.org"}; }),
  };
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK(keys[i].size() == 64);
    for (std::size_t k = 0; k < i; ++k) {
      INFO(i << " and " << k);
      CHECK(keys[i] != keys[k]);
    }
  }
}

TEST_CASE("without serial or a bound of the validity there is no serial key") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const std::vector<void (*)(Sighting&)> changes = {
      [](Sighting& s) { s.serial_number.reset(); }, [](Sighting& s) { s.serial_number = " "; },
      [](Sighting& s) { s.not_before.reset(); },    [](Sighting& s) { s.not_after.reset(); },
      [](Sighting& s) { s.not_after = 1e300; },
  };
  for (const auto& change : changes) {
    Sighting sighting = lite(ours_seen());
    change(sighting);
    CHECK(identify(sighting).identity.serial_key.empty());
    CHECK_FALSE(identify(sighting).identity.may_be_ours_by_serial);
  }
  Sighting sighting = lite(ours_seen());
  sighting.not_before = not_a_number;
  CHECK_FALSE(identify(sighting).identity.not_before);
}

TEST_CASE("a source key needs a log and an index, and nothing else to go by") {
  Sighting sighting = ours_seen();
  sighting.as_der_base64.clear();
  sighting.fingerprint_sha1.clear();
  sighting.serial_number.reset();
  const std::string key = identify(sighting).identity.source_key;
  CHECK(key.size() == 64);
  sighting.source_name = "The same log by another name";
  CHECK(identify(sighting).identity.source_key == key);
  sighting.cert_index = 43;
  CHECK(identify(sighting).identity.source_key != key);
  sighting.source_url = "";
  const std::string by_name = identify(sighting).identity.source_key;
  CHECK(by_name.size() == 64);
  CHECK(by_name != key);
  sighting.fingerprint_sha1 = "ab";
  CHECK(identify(sighting).identity.source_key.empty());
  sighting.fingerprint_sha1.clear();
  sighting.source_name.reset();
  CHECK(identify(sighting).identity.source_key.empty());
  sighting.source_url = "https://log.example/";
  sighting.cert_index.reset();
  CHECK(identify(sighting).identity.source_key.empty());
}

TEST_CASE("nothing to recognise it by") {
  Sighting sighting;
  sighting.names = {"example.org"};
  CHECK(identify(sighting).identity.empty());
}

// A precertificate that a certificate of its own signs, and what its CA issues in the end.
struct SignedByAnother {
  std::string signer;
  Sighting precertificate;
  Sighting certificate;

  SignedByAnother() {
    build::Parts parts;
    parts.subject = build::sequence(build::attribute("\x55\x04\x03", "Precertificate Signing"));
    parts.extensions = build::key_purpose(build::precertificate_signing_oid);
    signer = parts.certificate();
    parts = {};
    parts.issuer = build::sequence(build::attribute("\x55\x04\x03", "Precertificate Signing"));
    parts.extensions = build::dns_names({"example.org"}) + build::poison();
    precertificate = full_sighting(parts.certificate(), true);
    precertificate.issuer_o.reset();
    precertificate.issuer_cn = "Precertificate Signing";
    precertificate.issuer_der_base64 = to_base64(signer);
    certificate = full_sighting(ours().certificate, false);
  }
};

TEST_CASE("under a precertificate signing certificate only the serial key pairs") {
  const SignedByAnother issuance;
  const Identified precertificate = identify(issuance.precertificate);
  const Identified certificate = identify(issuance.certificate);
  CHECK(precertificate.der == DerState::read);
  CHECK(precertificate.identity.tbs_sha256.empty());
  CHECK(precertificate.hashes.tbs_sha256.empty());
  CHECK(precertificate.hashes.spki_sha256.size() == 64);
  CHECK(precertificate.identity.may_be_ours_by_serial);
  CHECK(certificate.identity.tbs_sha256.size() == 64);
  CHECK(precertificate.identity.serial_key == certificate.identity.serial_key);

  KnownAlert row;
  row.row = 7;
  row.fingerprints = {precertificate.identity.fingerprint};
  row.serial_key = precertificate.identity.serial_key;
  CHECK(place(certificate.identity, std::span(&row, 1)).kind == Placement::Kind::repeat);
}

TEST_CASE("any other chain changes nothing") {
  const Identity alone = identify(ours_seen()).identity;
  const SignedByAnother issuance;
  for (const std::string& chain :
       {to_base64(ours().certificate), "not base64"s, to_base64("none")}) {
    Sighting sighting = ours_seen();
    sighting.issuer_der_base64 = chain;
    CHECK(identify(sighting).identity.tbs_sha256 == alone.tbs_sha256);
    CHECK(identify(sighting).identity.serial_key == alone.serial_key);
  }
  // Nor does that chain of a certificate that is no precertificate.
  Sighting certificate = issuance.certificate;
  certificate.issuer_der_base64 = to_base64(issuance.signer);
  CHECK(identify(certificate).identity.tbs_sha256 ==
        identify(issuance.certificate).identity.tbs_sha256);
  CHECK(identify(certificate).identity.serial_key ==
        identify(issuance.certificate).identity.serial_key);
}

TEST_CASE("fifty thousand names are no trouble") {
  Sighting sighting = lite(ours_seen());
  for (int i = 0; i < 50'000; ++i)
    sighting.names.push_back("host-" + std::to_string(i) + ".example");
  CHECK(identify(sighting).identity.serial_key.size() == 64);
}

}  // namespace
}  // namespace certwatch
