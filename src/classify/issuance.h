// Who is the certificate, and is it on record? Pure: tables of arrivals in the tests.
#pragma once

#include <span>
#include <string>

#include "model/identity.h"
#include "model/placement.h"
#include "model/sighting.h"

namespace certwatch {

// What became of a sighting's DER. Only what is `read` is believed; the rest counts as no DER, and
// what came with it is never ours by serial.
enum class DerState {
  absent,  // none given
  read,    // parsed, and its SHA-1 is the fingerprint given (or none was given that is a digest)
  unreadable,  // not base64, or no certificate
  another,     // a certificate, but not the one the fingerprint names
};

struct Identified {
  Identity identity;
  CertificateHashes hashes;
  DerState der = DerState::absent;
};

// What a sighting can be recognised by. identity.empty() where there is nothing.
//
// Fingerprint: of the DER where it was read, else as the message gives it. Serial, validity and
// keys always come from the message, so that feeds with and without DER agree. A precertificate
// under a precertificate signing certificate (RFC 6962 section 3.1, known by the first of the
// chain) has no TBS hash, since its issuer is not the final one: only the serial key pairs it, made
// with the final issuer. All texts are fit for a text column.
Identified identify(const Sighting& sighting);

// Where a sighting belongs. `known` are rows that share at least one identity; their order does not
// matter. It belongs to the row with the same TBS hash, else the same fingerprint, else the same
// serial key where one of the two has no TBS hash yet, else (neither side has anything more) the
// same source key; the oldest of equals.
//
// Never to a row that is another certificate: another TBS hash, or, where one of the two has none,
// certificates (not precertificates) with different fingerprints. If such a row has its serial key,
// it is a conflict. So is a new fingerprint where two issuances (its own included) claim its serial
// key and nothing else says to which it belongs: put to the wrong one, our certificate would speak
// for another's.
//
// A certificate whose fingerprint is new to its provisional row is a confirmation, or a repeat of
// the row that waits to confirm it by this certificate already.
Placement place(const Identity& identity, std::span<const KnownAlert> known);

}  // namespace certwatch
