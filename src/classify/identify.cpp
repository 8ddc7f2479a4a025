#include "classify/identify.h"

#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "classify/names.h"
#include "classify/serial.h"

namespace certwatch {
namespace {

std::optional<SerialKey> serial_key_of(const CertificateFacts& facts) {
  std::string serial = comparable_serial(facts.serial);
  if (serial.empty() || !facts.not_before || !facts.not_after) return std::nullopt;
  return SerialKey{std::move(serial), *facts.not_before, *facts.not_after};
}

// A claimed SHA-256 beside a claimed SHA-1 would be a second claim, and no inventory could vouch
// for it.
std::vector<std::string> fingerprints_of(const CertificateFacts& facts) {
  std::vector<std::string> fingerprints;
  for (const std::string& fingerprint : {facts.sha1, facts.sha256}) {
    const bool is_wanted = fingerprints.empty() || !facts.tbs_sha256.empty();
    if (!fingerprint.empty() && is_wanted) fingerprints.push_back(fingerprint);
  }
  return fingerprints;
}

Identity identity_of(const CertificateFacts& facts) {
  Identity identity;
  identity.fingerprints = fingerprints_of(facts);
  identity.tbs_sha256 = facts.tbs_sha256;
  identity.serial_key = serial_key_of(facts);
  identity.names = comparable_names(facts.names);
  identity.is_precertificate = facts.is_precertificate;
  return identity;
}

std::string source_key_of(const MessageFacts& message) {
  const std::string url = message.source_url.value_or("");
  const std::string log = url.empty() ? message.source_name.value_or("") : url;
  if (log.empty() || !message.cert_index) return {};
  return to_hex(Sha256OfParts().add(log).add(std::to_string(*message.cert_index)).digest());
}

// Does the message claim another value? It may claim none.
bool differs(const std::string& claimed, const std::string& computed) {
  return !claimed.empty() && claimed != computed;
}
bool differs(std::optional<std::int64_t> claimed, std::optional<std::int64_t> computed) {
  return claimed && claimed != computed;
}

bool differs(ClaimedFact fact, const CertificateFacts& claimed, const CertificateFacts& computed) {
  switch (fact) {
    case ClaimedFact::fingerprint:
      return differs(claimed.sha1, computed.sha1) || differs(claimed.sha256, computed.sha256);
    case ClaimedFact::serial:
      return differs(comparable_serial(claimed.serial), comparable_serial(computed.serial));
    case ClaimedFact::validity:
      return differs(claimed.not_before, computed.not_before) ||
             differs(claimed.not_after, computed.not_after);
    case ClaimedFact::names:
      return !claimed.names.empty() &&
             comparable_names(claimed.names) != comparable_names(computed.names);
  }
  return false;
}

}  // namespace

Identity identify(const Sighting& sighting) {
  Identity identity = identity_of(sighting.facts());
  const bool is_believed = sighting.der == DerState::read || sighting.der == DerState::absent;
  identity.is_precertificate = identity.is_precertificate && is_believed;
  // Only where there is nothing else: a feed that says the same position of everything must not
  // tie everything together.
  if (identity.empty()) identity.source_key = source_key_of(sighting.message);
  return identity;
}

std::vector<ClaimedFact> differing_claims(const Sighting& sighting) {
  std::vector<ClaimedFact> differing;
  if (!sighting.computed) return differing;
  for (const ClaimedFact fact :
       {ClaimedFact::fingerprint, ClaimedFact::serial, ClaimedFact::validity, ClaimedFact::names}) {
    if (differs(fact, sighting.claimed, *sighting.computed)) differing.push_back(fact);
  }
  return differing;
}

}  // namespace certwatch
