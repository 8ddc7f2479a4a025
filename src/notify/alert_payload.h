// The body of a webhook request. Keys and meaning: README, "Webhook payload".
#pragma once

#include <string>

#include "model/alert.h"
#include "model/identity.h"
#include "model/sighting.h"

namespace certwatch {

// What of the payload does not depend on the verdict: the members of the object, without its
// braces. Kept in the row, so that every attempt sends the same.
std::string payload_members(const Match& match, const CertificateHashes& hashes);

// The whole body: id, verdict, resolves, then the members.
std::string event_body(const Delivery& delivery);

}  // namespace certwatch
