// The DER reader on any bytes: no crash, no view outside of them, and its two halves agree.
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "base/digest.h"
#include "model/certificate_facts.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_within(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> not_behind;
  return not_behind(whole.data(), part.data()) &&
         not_behind(part.data() + part.size(), whole.data() + whole.size());
}

void check(std::string_view der) {
  const auto certificate = read_certificate(der);
  const auto hash = tbs_sha256(der);
  require(certificate.has_value() == hash.has_value());
  if (!certificate) return;
  require(lies_within(certificate->tbs, der));
  require(lies_within(certificate->spki, certificate->tbs));
  require(certificate->serial.size() <= 2 * longest_serial);
  require(certificate->dns_names.size() <= most_names);
  require(hash->size() == 32);
  const bool is_cut = *hash != sha256(certificate->tbs);
  require(!certificate->has_poison || is_cut);
  require(!read_certificate(der.substr(0, der.size() - 1)));
}

}  // namespace
}  // namespace certwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  certwatch::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
