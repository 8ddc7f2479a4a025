// The frame of a certificate (RFC 5280 section 4.1): its parts, without looking into them. What the
// frame refuses is no certificate; what the parts hold is for others to make sense of.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "x509/der_reader.h"

namespace certwatch {

// Object identifiers, content octets.
namespace oid {
using namespace std::string_view_literals;
inline constexpr std::string_view poison = "\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x03"sv;
inline constexpr std::string_view sct_list = "\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x02"sv;
inline constexpr std::string_view precertificate_signing =
    "\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x04"sv;
inline constexpr std::string_view subject_alt_name = "\x55\x1D\x11"sv;
inline constexpr std::string_view extended_key_usage = "\x55\x1D\x25"sv;
inline constexpr std::string_view organization = "\x55\x04\x0A"sv;
inline constexpr std::string_view common_name = "\x55\x04\x03"sv;
}  // namespace oid

// Views point into the DER that was read.
struct CertificateFrame {
  std::string_view tbs;       // whole
  std::string_view serial;    // content
  std::string_view issuer;    // content of the Name
  std::string_view validity;  // content
  std::string_view subject;   // content of the Name
  std::string_view spki;      // whole

  // The content of the TBSCertificate in three parts: what stands before the extensions block, the
  // list of extensions, and what stands behind the block (nothing, in a proper certificate).
  bool has_extensions = false;
  std::string_view before_extensions;
  std::string_view extensions;
  std::string_view behind_extensions;
};

// Checks every length down to the parts of each extension, so that an ExtensionReader over the
// result reads to the end.
Result<CertificateFrame> read_frame(std::string_view der);

struct Extension {
  std::string_view whole;
  std::string_view oid;  // content; empty where it is no proper extension
  bool is_critical = false;
  std::string_view value;  // content of the OCTET STRING
};

class ExtensionReader {
 public:
  explicit ExtensionReader(std::string_view extensions) : reader_(extensions) {}
  // Nothing at the end, or where a length is malformed.
  std::optional<Extension> next();
  bool is_malformed() const { return is_malformed_; }

 private:
  der::Reader reader_;
  bool is_malformed_ = false;
};

}  // namespace certwatch
