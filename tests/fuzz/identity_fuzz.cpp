// Identities out of hostile sightings, and their places among any rows.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/text.h"
#include "classify/issuance.h"

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
  // One of few, so that rows meet.
  std::string key() { return std::string(number(3), 'k'); }
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

std::optional<double> time(Input& input) {
  constexpr double times[] = {0, 1.7e9, 1.7e9 + 0.5, -1e300, 1e19};
  const unsigned which = input.number(6);
  return which == 5 ? std::nullopt : std::optional(times[which]);
}

Sighting sighting(Input& input) {
  Sighting sighting;
  sighting.update_type = input.maybe_text();
  sighting.source_name = input.maybe_text();
  sighting.source_url = input.maybe_text();
  sighting.cert_index = input.number(2) == 0 ? std::nullopt : std::optional<std::int64_t>(7);
  sighting.fingerprint_sha1 = input.number(2) == 0 ? "" : input.text();
  sighting.serial_number = input.maybe_text();
  sighting.issuer_o = input.maybe_text();
  sighting.issuer_cn = input.maybe_text();
  sighting.not_before = time(input);
  sighting.not_after = time(input);
  for (unsigned names = input.number(4); names > 0; --names) sighting.names.push_back(input.text());
  const bool is_leaf = input.number(2) == 0;
  const bool is_encoded = input.number(8) != 0;
  std::string& der = is_leaf ? sighting.as_der_base64 : sighting.issuer_der_base64;
  der = is_encoded ? to_base64(input.rest()) : input.rest();
  return sighting;
}

bool is_digest(const std::string& text) {
  return text.empty() || (text.size() == 64 && is_hex(text));
}

void check_identified(const Sighting& sighting) {
  const Identified identified = identify(sighting);
  const Identity& identity = identified.identity;
  require(identity.fingerprint == json::storable_text(identity.fingerprint));
  require(identity.serial == json::storable_text(identity.serial));
  require(identity.serial.size() <= 128);
  require(is_digest(identity.tbs_sha256) && is_digest(identity.serial_key) &&
          is_digest(identity.source_key));
  require(identified.der == DerState::read || identity.tbs_sha256.empty());
  require(!identity.may_be_ours_by_serial ||
          (identity.is_precertificate && !identity.serial.empty() && identity.not_before &&
           identity.not_after));
}

std::vector<KnownAlert> rows(Input& input) {
  std::vector<KnownAlert> rows(input.number(5));
  std::int64_t id = 0;
  for (KnownAlert& row : rows) {
    row.row = ++id;
    for (unsigned seen = input.number(3); seen > 0; --seen) row.fingerprints.push_back(input.key());
    row.tbs_sha256 = input.key();
    row.serial_key = input.key();
    row.source_key = input.key();
    row.has_certificate = input.number(2) == 0;
    row.is_provisional = input.number(2) == 0;
    if (input.number(4) == 0) row.confirms = 1 + input.number(5);
  }
  return rows;
}

void check_placed(Input& input) {
  std::vector<KnownAlert> known = rows(input);
  Identity identity;
  identity.fingerprint = input.key();
  identity.tbs_sha256 = input.key();
  identity.serial_key = input.key();
  identity.source_key = input.key();
  identity.is_precertificate = input.number(2) == 0;
  const Placement placement = place(identity, known);

  std::reverse(known.begin(), known.end());
  const Placement turned = place(identity, known);
  require(placement.kind == turned.kind && placement.row == turned.row);

  using Kind = Placement::Kind;
  if (placement.kind == Kind::new_alert || placement.kind == Kind::conflict) return;
  const auto row = std::find_if(known.begin(), known.end(),
                                [&](const KnownAlert& each) { return each.row == placement.row; });
  require(row != known.end());
  require(identity.tbs_sha256.empty() || row->tbs_sha256.empty() ||
          identity.tbs_sha256 == row->tbs_sha256);
  if (placement.kind == Kind::confirmation) {
    require(row->is_provisional && !identity.is_precertificate && !identity.fingerprint.empty());
  }
}

}  // namespace
}  // namespace certwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  certwatch::Input input(bytes, size);
  certwatch::check_placed(input);
  certwatch::check_identified(certwatch::sighting(input));
  return 0;
}
