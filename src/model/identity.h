// What a sighting, and the row it becomes, are recognised by (design: "Who is the certificate?").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certwatch {

// Empty strings mean "not known". All hexadecimal is lower case.
struct Identity {
  // SHA-1 of the DER as logged (40 digits), or whatever else the server calls a fingerprint.
  // Differs between a precertificate and its certificate.
  std::string fingerprint;
  // SHA-256 of the TBSCertificate without poison and SCT list (64 digits): the one sound identity.
  std::string tbs_sha256;
  // Hash over issuer, serial, validity and names of the message (64 digits). Equal for
  // precertificate and certificate, but the CA chooses it.
  std::string serial_key;
  // Hash over source.url and cert_index (64 digits): the last resort, empty where anything else is
  // known.
  std::string source_key;

  // Serial in its normal form (model/serial.h): as it is compared with the inventory.
  std::string serial;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;

  // Carries the poison in its DER; where there is no DER, update_type says so.
  bool is_precertificate = false;
  // A precertificate may be ours, provisionally, by serial, validity and names alone; a certificate
  // never, nor what came with DER that does not parse or is another certificate's.
  bool may_be_ours_by_serial = false;

  bool empty() const {
    return fingerprint.empty() && tbs_sha256.empty() && serial_key.empty() && source_key.empty();
  }
};

// Hashes known only where there was DER; empty: not known.
struct CertificateHashes {
  std::string fingerprint_sha256;
  std::string tbs_sha256;
  std::string spki_sha256;
};

// What a row on record is recognised by: all that its sightings brought.
struct KnownAlert {
  std::int64_t row = 0;
  std::vector<std::string> fingerprints;
  std::string tbs_sha256;
  std::string serial_key;
  std::string source_key;
  // Ours by serial alone, for now: its certificate has still to be found in the inventory.
  bool is_provisional = false;
  // The row waits to be told whether a certificate that shares only our serial is ours; it confirms
  // the provisional row of this id.
  std::optional<std::int64_t> confirms;
  // One of the fingerprints is a certificate's, not a precertificate's: another certificate with
  // the same serial key is another issuance, even where nobody has seen its DER.
  bool has_certificate = false;
};

}  // namespace certwatch
