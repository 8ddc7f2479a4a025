// Who is the certificate? The facts of a sighting, made comparable.
#pragma once

#include <vector>

#include "model/identity.h"
#include "model/sighting.h"

namespace certwatch {

// What a sighting can be recognised by. It may be nothing: Identity::empty(). If DER was read, all
// facts come from the DER. Without DER the fingerprint is the SHA-1 that the message claims, or its
// SHA-256 if it claims no SHA-1. A sighting whose DER was not believed counts as a certificate,
// whatever the message calls it. All texts are fit for a text column.
Identity identify(const Sighting& sighting);

// The facts that the message claims and that its DER denies. There are none if no DER was read, or
// if the message claims nothing.
std::vector<ClaimedFact> differing_claims(const Sighting& sighting);

}  // namespace certwatch
