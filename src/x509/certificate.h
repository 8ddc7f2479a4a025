// What certwatch reads from a DER certificate (RFC 5280 section 4.1), without OpenSSL's parser:
// strict about lengths (X.690 section 10.1: definite, minimal, at most 4 octets, nothing behind the
// end) down to the parts of each extension, tolerant about content (odd names, times, versions and
// algorithms are no reason to fail; a list of names that breaks off has the names before). Cost
// grows with the size and nothing else. Pure; fuzzed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certwatch {

// Octets; RFC 5280 allows 20. A longer serial reads as "".
inline constexpr std::size_t longest_serial = 1000;

// Views point into the DER that was read.
struct Certificate {
  std::string_view tbs;   // the whole TBSCertificate, header included
  std::string_view spki;  // the whole SubjectPublicKeyInfo, header included
  // The content of each Name: two Names are the same where their bytes are.
  std::string_view issuer;
  std::string_view subject;
  std::string serial;  // upper-case hexadecimal of the INTEGER's content octets, "00" kept
  // Unix seconds; nullopt where the time is not well-formed.
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;
  // The first of each that is a text, as UTF-8, cut after 4096 bytes.
  std::optional<std::string> issuer_o;
  std::optional<std::string> issuer_cn;
  std::optional<std::string> subject_cn;
  std::vector<std::string> dns_names;  // dNSName of subjectAltName, bytes as they stand
  // Names of it beyond the limits of NameRoom (model/certificate_facts.h).
  std::size_t names_left_out = 0;
  // It has 1.3.6.1.4.1.11129.2.4.3 (RFC 6962 section 3.1) as a critical extension. Clients pass
  // over an extension that is not critical. So with such a one it is a certificate that works, and
  // not a precertificate.
  bool has_poison = false;
  bool signs_precertificates = false;  // EKU 1.3.6.1.4.1.11129.2.4.4
};

Result<Certificate> read_certificate(std::string_view der);

// SHA-256 (32 bytes) of the TBSCertificate with every poison and SCT-list extension cut out and
// only the enclosing lengths re-encoded: equal for a precertificate and its certificate (RFC 6962
// section 3.2, without the issuer change of a precertificate signing certificate). An extensions
// block that is empty, or left so, is removed as a whole.
Result<std::string> tbs_sha256(std::string_view der);

}  // namespace certwatch
