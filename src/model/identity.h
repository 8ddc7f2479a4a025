// What a sighting, and the row it becomes, are recognised by.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certwatch {

// Whoever issues a certificate chooses all three. They pair a precertificate with its certificate,
// and they prove nothing.
struct SerialKey {
  std::string serial;  // in the form of classify/serial.h, not empty
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;

  // The column `issuance_key`.
  std::string text() const {
    return serial + "/" + std::to_string(not_before) + "/" + std::to_string(not_after);
  }
  auto operator<=>(const SerialKey&) const = default;
};

// Empty texts mean "not known". All hexadecimal is lower case.
struct Identity {
  // Of the DER as logged: SHA-1 (40 digits) and SHA-256 (64 digits) of a hashed sighting, one of
  // them of any other. They differ between a precertificate and its certificate.
  std::vector<std::string> fingerprints;
  // SHA-256 of the TBSCertificate without poison and SCT list: equal for both, chosen by nobody. A
  // sighting that has it is "hashed": its facts are computed. Else all facts count as claimed.
  std::string tbs_sha256;
  std::optional<SerialKey> serial_key;
  // As the inventory compares them (classify/names.h).
  std::vector<std::string> names;
  // Hash over log and index (64 digits): the last resort, empty where anything else is known.
  std::string source_key;
  bool is_precertificate = false;

  bool is_hashed() const { return !tbs_sha256.empty(); }
  // A certificate of which only the serial key is known.
  bool is_blank() const { return !is_hashed() && fingerprints.empty() && !is_precertificate; }
  bool empty() const {
    return fingerprints.empty() && tbs_sha256.empty() && !serial_key && source_key.empty();
  }
};

}  // namespace certwatch
