// What a match leaves in its row for those who are told: neutral facts as members of a JSON object.
//
// identity_facts: fingerprint_sha1, fingerprint_sha256, tbs_sha256, spki_sha256, update_type, and
// claims_differ where claims do. message_facts: the other keys that README, "Webhook payload",
// takes from the match and its message. Two parts, because a row that is told apart from another
// one has that row's message facts and identity facts of its own.
#pragma once

#include <string>
#include <vector>

#include "classify/identify.h"
#include "model/alert.h"
#include "model/sighting.h"

namespace certwatch {

AlertContent content_of(const Match& match, const std::vector<ClaimedFact>& differing);

// For a database that refuses the content: without what its message says. Whom it is about and what
// identifies it are left; the message's facts have all their keys, without values.
AlertContent barest(const AlertContent& content);

// identity_facts of a row that holds one claimed fingerprint (SHA-1 or SHA-256; empty: none) and
// nothing else.
std::string claimed_identity_facts(const std::string& fingerprint, bool is_precertificate);

}  // namespace certwatch
