#include "x509/facts.h"

#include "base/digest.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/certificate_builder.h"
#include "support/data_file.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

using Names = std::vector<std::string>;

std::string name_of(const std::string& common_name) {
  return build::sequence(build::attribute("\x55\x04\x03", common_name));
}

std::string signer_named(const std::string& common_name, std::string_view purpose) {
  build::Parts parts;
  parts.subject = name_of(common_name);
  parts.extensions = build::key_purpose(purpose);
  return parts.certificate();
}

std::string issued_by(const std::string& common_name, const std::string& extension) {
  build::Parts parts;
  parts.issuer = name_of(common_name);
  parts.extensions = build::dns_names({"example.org"}) + extension;
  return parts.certificate();
}

TEST_CASE("every fact comes from the certificate") {
  build::Parts parts;
  parts.extensions = build::dns_names({"WWW.example.org", "*.example.org", "WWW.example.org"});
  const std::string der = parts.certificate();
  const CertificateFacts facts = facts_of(der, {}).value();
  CHECK(facts.sha1 == to_hex(sha1(der)));
  CHECK(facts.sha256 == to_hex(sha256(der)));
  CHECK(facts.tbs_sha256 == to_hex(tbs_sha256(der).value()));
  CHECK(facts.spki_sha256 == to_hex(sha256(parts.spki)));
  CHECK(facts.serial == "0123");
  CHECK(facts.not_before == 1704067200);
  CHECK(facts.not_after == 1711843200);
  CHECK(facts.names == Names{"WWW.example.org", "*.example.org", "WWW.example.org"});
  CHECK_FALSE(facts.is_precertificate);
}

TEST_CASE("real pairs share the TBS hash, and the one that a CA got wrong does not") {
  std::string of_precertificate;
  for (const auto& row : data_table("pairs/vectors.tsv")) {
    const CertificateFacts facts =
        facts_of(data_file("pairs/" + row[0] + "/" + row[1]), {}).value();
    INFO(row[0] << "/" << row[1]);
    CHECK(facts.sha1 == row[2]);
    CHECK(facts.tbs_sha256 == row[4]);
    CHECK(facts.is_precertificate == (row[1] == "precert.der"));
    if (facts.is_precertificate) {
      of_precertificate = facts.tbs_sha256;
    } else {
      CHECK((facts.tbs_sha256 == of_precertificate) == (row[0] != "wildcard.7acnr.mongodb.net"));
    }
  }
}

TEST_CASE("the common name is a name only where there is no other") {
  build::Parts parts;
  CHECK(facts_of(parts.certificate(), {}).value().names == Names{"example.org"});
  parts.extensions = build::dns_names({"www.example.org"});
  CHECK(facts_of(parts.certificate(), {}).value().names == Names{"www.example.org"});
  parts = {};
  parts.subject = build::sequence("");
  CHECK(facts_of(parts.certificate(), {}).value().names.empty());
}

TEST_CASE("a precertificate has no TBS hash where a signing certificate is its issuer") {
  struct Row {
    const char* why;
    std::string der;
    std::string issuer;
    bool has_tbs_hash;
  };
  const auto signing = build::precertificate_signing_oid;
  const std::string another_purpose("\x2B\x06\x01\x05\x05\x07\x03\x01", 8);
  for (const Row& row : {
           Row{"under its signing certificate", issued_by("Signer", build::poison()),
               signer_named("Signer", signing), false},
           Row{"no chain came", issued_by("Signer", build::poison()), "", true},
           Row{"the chain is no certificate", issued_by("Signer", build::poison()), "none", true},
           Row{"the issuer is an ordinary CA", issued_by("Signer", build::poison()),
               signer_named("Signer", another_purpose), true},
           Row{"a signing certificate of somebody else, put there to take the hash away",
               issued_by("Signer", build::poison()), signer_named("Another", signing), true},
           Row{"a name that differs in case is another", issued_by("Signer", build::poison()),
               signer_named("SIGNER", signing), true},
           Row{"a certificate is signed by nobody else", issued_by("Signer", ""),
               signer_named("Signer", signing), true},
       }) {
    INFO(row.why);
    const CertificateFacts facts = facts_of(row.der, row.issuer).value();
    CHECK(facts.tbs_sha256.empty() != row.has_tbs_hash);
    CHECK(facts.sha1.size() == 40);
    CHECK(facts.spki_sha256.size() == 64);
  }
}

TEST_CASE("what is no certificate has no facts") {
  const std::string der = build::Parts().certificate();
  for (const std::string& none : {std::string(), std::string("none"), der + '\0', der.substr(1),
                                  der.substr(0, der.size() - 1)}) {
    CHECK_FALSE(facts_of(none, {}).has_value());
  }
}

TEST_CASE("names take no more than their bounds") {
  build::Parts parts;
  parts.extensions =
      build::dns_names({std::string(most_name_bytes - 11, 'a'), "too.long.example", "example.org"});
  CHECK(facts_of(parts.certificate(), {}).value().names.size() == 2);
  // A second list finds no more room than the first has left.
  parts.extensions += build::dns_names({"example.net"});
  CHECK(facts_of(parts.certificate(), {}).value().names.back() == "example.org");
}

}  // namespace
}  // namespace certwatch
