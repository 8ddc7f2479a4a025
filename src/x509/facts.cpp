#include "x509/facts.h"

#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

bool is_signed_for_precertificates(const Certificate& certificate, std::string_view issuer_der) {
  if (!certificate.has_poison || issuer_der.empty()) return false;
  const auto issuer = read_certificate(issuer_der);
  return issuer && issuer->signs_precertificates && issuer->subject == certificate.issuer;
}

std::vector<std::string> names_of(Certificate& certificate) {
  if (certificate.dns_names.empty() && certificate.subject_cn) return {*certificate.subject_cn};
  return std::move(certificate.dns_names);
}

}  // namespace

Result<CertificateFacts> facts_of(std::string_view der, std::string_view issuer_der) {
  auto certificate = read_certificate(der);
  if (!certificate) return tl::unexpected(certificate.error());
  CertificateFacts facts;
  facts.sha1 = to_hex(sha1(der));
  facts.sha256 = to_hex(sha256(der));
  facts.spki_sha256 = to_hex(sha256(certificate->spki));
  if (!is_signed_for_precertificates(*certificate, issuer_der)) {
    const auto hash = tbs_sha256(der);
    if (!hash) return tl::unexpected(hash.error());
    facts.tbs_sha256 = to_hex(*hash);
  }
  facts.serial = certificate->serial;
  facts.not_before = certificate->not_before;
  facts.not_after = certificate->not_after;
  facts.names = names_of(*certificate);
  facts.is_precertificate = certificate->has_poison;
  return facts;
}

}  // namespace certwatch
