// Issuances to arrive in any order: ours, and a rogue one that its CA gave the same serial, dates,
// names and issuer.
#pragma once

#include <string>

#include "base/base64.h"
#include "base/digest.h"
#include "base/text.h"
#include "model/sighting.h"
#include "support/certificate_builder.h"

namespace certwatch {

inline std::string fingerprint_of(const std::string& der) {
  return to_hex(sha1(der));
}

// The message about a certificate, as a full feed gives it.
inline Sighting full_sighting(const std::string& der, bool is_precertificate) {
  Sighting sighting;
  sighting.update_type = is_precertificate ? "PrecertLogEntry" : "X509LogEntry";
  sighting.source_name = "A Log";
  sighting.source_url = "https://log.example/2024/";
  sighting.cert_index = 42;
  sighting.names = {"example.org", "www.example.org"};
  sighting.fingerprint_sha1 = fingerprint_of(der);
  sighting.serial_number = "0123";
  sighting.issuer_o = "An Issuer";
  sighting.issuer_cn = "An Issuing CA";
  sighting.not_before = 1704067200;
  sighting.not_after = 1711843200;
  sighting.as_der_base64 = to_base64(der);
  return sighting;
}

// The same from a feed without DER.
inline Sighting lite(Sighting sighting) {
  sighting.as_der_base64.clear();
  sighting.issuer_der_base64.clear();
  return sighting;
}

// The same from a static-ct log: not even a fingerprint.
inline Sighting bare(Sighting sighting) {
  sighting.fingerprint_sha1.clear();
  return lite(std::move(sighting));
}

// Precertificate and certificate over one key.
struct Issuance {
  std::string precertificate;
  std::string certificate;

  explicit Issuance(const std::string& key) {
    build::Parts parts;
    parts.spki = build::sequence(build::element(0x03, key));
    const std::string names = build::dns_names({"example.org", "www.example.org"});
    parts.extensions = names + build::poison();
    precertificate = parts.certificate();
    parts.extensions = names + build::sct_list("scts of " + key);
    certificate = parts.certificate();
  }
};

inline const Issuance& ours() {
  static const Issuance issuance("our key");
  return issuance;
}
inline const Issuance& rogue() {
  static const Issuance issuance("a rogue key");
  return issuance;
}

// A sighting by its letter:
//   P C   our precertificate and certificate from a full feed      R X   the rogue ones
//   p c   the same without DER                                     r x
//   s     our precertificate from a static-ct log                  t     the rogue one
inline Sighting arrival(char letter) {
  const Issuance& issuance =
      std::string_view("PCpcs").find(letter) != std::string_view::npos ? ours() : rogue();
  switch (letter) {
    case 'P':
    case 'R':
      return full_sighting(issuance.precertificate, true);
    case 'p':
    case 'r':
      return lite(full_sighting(issuance.precertificate, true));
    case 's':
    case 't':
      return bare(full_sighting(issuance.precertificate, true));
    case 'C':
    case 'X':
      return full_sighting(issuance.certificate, false);
    default:
      return lite(full_sighting(issuance.certificate, false));
  }
}

}  // namespace certwatch
