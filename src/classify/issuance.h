// Who is the certificate, and is it on record? Pure: tables of arrivals in the tests.
#pragma once

#include <span>
#include <string>

#include "model/identity.h"
#include "model/placement.h"
#include "model/sighting.h"

namespace certwatch {

// What became of a sighting's DER.
enum class DerState {
  absent,      // none given
  read,        // parsed, and its SHA-1 is the fingerprint given (or none was given)
  unreadable,  // not base64, or no certificate
  another,     // a certificate, but not the one the fingerprint names
};

struct Identified {
  Identity identity;
  CertificateHashes hashes;
  DerState der = DerState::absent;
};

// What a sighting can be recognised by. identity.empty() where there is nothing.
Identified identify(const Sighting& sighting);

// Where a sighting belongs: same TBS hash, or same fingerprint, or same serial key where one of the
// two has no TBS hash yet; the source key only where neither side has anything else. Same serial
// key with another TBS hash: a conflict. `known` are rows that share at least one identity.
Placement place(const Identity& identity, std::span<const KnownAlert> known);

}  // namespace certwatch
