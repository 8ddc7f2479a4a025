#include <algorithm>

#include "base/base64.h"
#include "base/digest.h"
#include "base/json_text.h"
#include "base/number.h"
#include "base/text.h"
#include "classify/issuance.h"
#include "classify/serial.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

constexpr std::size_t sha1_digits = 40;
constexpr std::size_t sha256_digits = 64;

struct Leaf {
  DerState state = DerState::absent;
  std::string der;  // what `certificate` points into; empty unless read
  Certificate certificate;
};

// Is this the certificate that the message calls by that name? A name that is no digest says
// nothing about it.
bool is_called(std::string_view der, std::string_view fingerprint) {
  if (!is_hex(fingerprint)) return true;
  if (fingerprint.size() == sha1_digits) return to_hex(sha1(der)) == fingerprint;
  if (fingerprint.size() == sha256_digits) return to_hex(sha256(der)) == fingerprint;
  return true;
}

Leaf read_leaf(const Sighting& sighting) {
  Leaf leaf;
  if (sighting.as_der_base64.empty()) return leaf;
  leaf.state = DerState::unreadable;
  auto der = from_base64(sighting.as_der_base64);
  if (!der) return leaf;
  leaf.der = std::move(*der);
  auto certificate = read_certificate(leaf.der);
  if (!certificate) return leaf;
  leaf.certificate = std::move(*certificate);
  leaf.state = is_called(leaf.der, sighting.fingerprint_sha1) ? DerState::read : DerState::another;
  return leaf;
}

// "PrecertLogEntry"; CaliDog's first server wrote "PreCertEntry".
bool says_precertificate(const Sighting& sighting) {
  return lower(trim(sighting.update_type.value_or(""))).starts_with("precert");
}

struct Issuer {
  std::string organization;
  std::string common_name;
  bool signs_precertificates = false;
};

// Who the issuer of the final certificate is. Under a precertificate signing certificate (RFC 6962
// section 3.1) a precertificate names that one; its own issuer is who will sign the certificate.
Issuer final_issuer(const Sighting& sighting, bool is_precertificate) {
  Issuer issuer{sighting.issuer_o.value_or(""), sighting.issuer_cn.value_or(""), false};
  if (!is_precertificate || sighting.issuer_der_base64.empty()) return issuer;
  const auto der = from_base64(sighting.issuer_der_base64);
  if (!der) return issuer;
  auto signer = read_certificate(*der);
  if (!signer || !signer->signs_precertificates) return issuer;
  return {std::move(signer->issuer_o).value_or(""), std::move(signer->issuer_cn).value_or(""),
          true};
}

// As they are compared for the serial key: precertificate and certificate, and different servers'
// ideas of one certificate, give the same list.
std::vector<std::string> comparable_names(const std::vector<std::string>& names) {
  std::vector<std::string> comparable;
  comparable.reserve(names.size());
  for (const std::string& name : names) {
    std::string_view trimmed = trim(name);
    while (trimmed.ends_with('.')) trimmed.remove_suffix(1);
    if (!trimmed.empty()) comparable.push_back(lower(trimmed));
  }
  std::sort(comparable.begin(), comparable.end());
  comparable.erase(std::unique(comparable.begin(), comparable.end()), comparable.end());
  return comparable;
}

std::string serial_key(const Identity& identity, const Issuer& issuer,
                       const std::vector<std::string>& names) {
  if (identity.serial.empty() || !identity.not_before || !identity.not_after) return {};
  Sha256OfParts parts;
  parts.add(issuer.organization).add(issuer.common_name).add(identity.serial);
  parts.add(std::to_string(*identity.not_before)).add(std::to_string(*identity.not_after));
  for (const std::string& name : comparable_names(names)) parts.add(name);
  return to_hex(parts.digest());
}

std::string source_key(const Sighting& sighting) {
  const std::string url = sighting.source_url.value_or("");
  const std::string& log = url.empty() ? sighting.source_name.value_or("") : url;
  if (log.empty() || !sighting.cert_index) return {};
  return to_hex(Sha256OfParts().add(log).add(std::to_string(*sighting.cert_index)).digest());
}

std::optional<std::int64_t> seconds(const std::optional<double>& time) {
  return time ? whole_seconds(*time) : std::nullopt;
}

// What the message says, whatever became of the DER.
Identity identity_of_message(const Sighting& sighting) {
  Identity identity;
  identity.fingerprint = json::storable_text(sighting.fingerprint_sha1);
  identity.serial = comparable_serial(sighting.serial_number.value_or(""));
  identity.not_before = seconds(sighting.not_before);
  identity.not_after = seconds(sighting.not_after);
  return identity;
}

}  // namespace

Identified identify(const Sighting& sighting) {
  const Leaf leaf = read_leaf(sighting);
  const bool is_read = leaf.state == DerState::read;

  Identified identified;
  identified.der = leaf.state;
  Identity& identity = identified.identity;
  identity = identity_of_message(sighting);
  identity.is_precertificate =
      is_read ? leaf.certificate.has_poison : says_precertificate(sighting);
  const Issuer issuer = final_issuer(sighting, identity.is_precertificate);
  identity.serial_key = serial_key(identity, issuer, sighting.names);
  identity.may_be_ours_by_serial = identity.is_precertificate && !identity.serial_key.empty() &&
                                   (is_read || leaf.state == DerState::absent);
  if (!is_read) {
    // Only where there is nothing else: a feed that says the same position of everything must not
    // tie everything together, nor make a look-up find more rows than it asked for.
    if (identity.empty()) identity.source_key = source_key(sighting);
    return identified;
  }

  identity.fingerprint = to_hex(sha1(leaf.der));
  identified.hashes.fingerprint_sha256 = to_hex(sha256(leaf.der));
  identified.hashes.spki_sha256 = to_hex(sha256(leaf.certificate.spki));
  if (!issuer.signs_precertificates) {
    if (const auto hash = tbs_sha256(leaf.der)) identity.tbs_sha256 = to_hex(*hash);
    identified.hashes.tbs_sha256 = identity.tbs_sha256;
  }
  return identified;
}

}  // namespace certwatch
