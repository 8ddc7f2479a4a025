// Identities out of hostile sightings.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/json_text.h"
#include "base/text.h"
#include "classify/identify.h"
#include "classify/names.h"
#include "x509/facts.h"

namespace certwatch {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Takes decisions, texts and numbers off the front of the input; at its end everything is 0.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size)
      : rest_(reinterpret_cast<const char*>(bytes), size) {}

  unsigned number(unsigned below) { return byte() % below; }
  std::string text() {
    const std::size_t size = std::min<std::size_t>(byte(), rest_.size());
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }
  std::optional<std::string> maybe_text() {
    return number(4) == 0 ? std::nullopt : std::optional(text());
  }
  std::optional<std::int64_t> maybe_time() {
    const unsigned which = number(4);
    return which == 0 ? std::nullopt : std::optional<std::int64_t>(which);
  }
  std::string rest() const { return std::string(rest_); }

 private:
  unsigned byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest_;
};

CertificateFacts claimed(Input& input) {
  CertificateFacts facts;
  if (input.number(2) == 1) facts.sha1 = input.text();
  if (input.number(2) == 1) facts.sha256 = input.text();
  facts.serial = input.maybe_text().value_or("");
  facts.not_before = input.maybe_time();
  facts.not_after = input.maybe_time();
  facts.is_precertificate = input.number(2) == 1;
  for (unsigned names = input.number(4); names > 0; --names) facts.names.push_back(input.text());
  return facts;
}

// What is left of the input is the DER.
Sighting sighting(Input& input) {
  constexpr DerState not_read[] = {DerState::absent, DerState::unreadable, DerState::unwatched};
  Sighting sighting;
  sighting.claimed = claimed(input);
  sighting.message.source_name = input.maybe_text();
  sighting.message.source_url = input.maybe_text();
  if (input.number(2) == 1) sighting.message.cert_index = 7;
  sighting.der = not_read[input.number(3)];
  const std::string issuer = input.text();
  if (auto facts = facts_of(input.rest(), issuer)) {
    sighting.computed = std::move(*facts);
    sighting.der = DerState::read;
  }
  return sighting;
}

bool is_storable(const std::string& text) {
  return text == json::storable_text(text);
}
bool is_digest_or_empty(const std::string& text) {
  return text.empty() || (text.size() == 64 && is_hex(text));
}

void check_identity(const Sighting& sighting) {
  const Identity identity = identify(sighting);
  require(is_digest_or_empty(identity.tbs_sha256) && is_digest_or_empty(identity.source_key));
  require(sighting.computed || identity.tbs_sha256.empty());
  if (identity.serial_key) {
    const std::string& serial = identity.serial_key->serial;
    require(!serial.empty() && serial.size() <= 128 && is_storable(serial));
  }
  require(std::all_of(identity.names.begin(), identity.names.end(), is_storable));
  require(comparable_names(identity.names) == identity.names);
  if (!identity.source_key.empty()) {
    require(identity.fingerprints.empty() && !identity.serial_key && !identity.is_hashed());
  }
  const bool is_believed = sighting.der == DerState::absent || sighting.der == DerState::read;
  require(is_believed || !identity.is_precertificate);
}

void check_claims(Sighting sighting) {
  require(sighting.computed || differing_claims(sighting).empty());
  if (!sighting.computed) return;
  // Whoever claims just what the DER says claims nothing else.
  sighting.claimed = *sighting.computed;
  require(differing_claims(sighting).empty());
  const Identity identity = identify(sighting);
  sighting.claimed = {};
  require(identify(sighting).names == identity.names);
  require(identify(sighting).serial_key == identity.serial_key);
}

}  // namespace
}  // namespace certwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  certwatch::Input input(bytes, size);
  const certwatch::Sighting sighting = certwatch::sighting(input);
  certwatch::check_identity(sighting);
  certwatch::check_claims(sighting);
  return 0;
}
