// Certificate facts computed from DER.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/certificate_facts.h"

namespace certwatch {

// All facts, from the certificate alone. Names: the dNSNames as they stand; where there is none,
// the subject's common name.
//
// `issuer_der` is the first certificate of the chain, empty where none came. A precertificate whose
// issuer is a precertificate signing certificate (RFC 6962 section 3.1) has no tbs_sha256, because
// it names another issuer than its certificate will. Nobody has signed the chain for this
// certificate. So it is believed only if its subject is the issuer of the certificate.
Result<CertificateFacts> facts_of(std::string_view der, std::string_view issuer_der);

}  // namespace certwatch
