#include <algorithm>

#include "classify/issuance.h"

namespace certwatch {
namespace {

bool same(const std::string& one, const std::string& other) {
  return !one.empty() && one == other;
}

bool has_fingerprint(const KnownAlert& row, const std::string& fingerprint) {
  return !fingerprint.empty() && std::find(row.fingerprints.begin(), row.fingerprints.end(),
                                           fingerprint) != row.fingerprints.end();
}

bool is_certificate(const Identity& identity) {
  return !identity.is_precertificate && !identity.fingerprint.empty();
}

// What cannot be of one issuance, whatever else agrees: two TBS hashes that differ; where one of
// them is not known, two certificates.
bool is_another(const Identity& identity, const KnownAlert& row) {
  if (!identity.tbs_sha256.empty() && !row.tbs_sha256.empty()) {
    return identity.tbs_sha256 != row.tbs_sha256;
  }
  return is_certificate(identity) && row.has_certificate &&
         !has_fingerprint(row, identity.fingerprint);
}

// Nothing but where it was seen.
bool is_only_seen(const Identity& identity) {
  return identity.fingerprint.empty() && identity.tbs_sha256.empty() && identity.serial_key.empty();
}
bool is_only_seen(const KnownAlert& row) {
  return row.fingerprints.empty() && row.tbs_sha256.empty() && row.serial_key.empty();
}

// By what a sighting belongs to a row, the weakest first.
enum class Tie { none, source_key, serial_key, fingerprint, tbs };

Tie tie(const Identity& identity, const KnownAlert& row) {
  if (same(identity.tbs_sha256, row.tbs_sha256)) return Tie::tbs;
  if (is_another(identity, row)) return Tie::none;
  if (has_fingerprint(row, identity.fingerprint)) return Tie::fingerprint;
  if (same(identity.serial_key, row.serial_key)) return Tie::serial_key;
  if (is_only_seen(identity) && is_only_seen(row) && same(identity.source_key, row.source_key)) {
    return Tie::source_key;
  }
  return Tie::none;
}

struct Home {
  const KnownAlert* row = nullptr;
  Tie tie = Tie::none;
};

// The strongest tie; among equals rather a row that confirms no other, then the oldest.
bool is_better(const Home& one, const Home& other) {
  if (other.row == nullptr || one.tie != other.tie) return one.tie > other.tie;
  if (one.row->confirms.has_value() != other.row->confirms.has_value()) {
    return other.row->confirms.has_value();
  }
  return one.row->row < other.row->row;
}

Home find_home(const Identity& identity, std::span<const KnownAlert> known) {
  Home home;
  for (const KnownAlert& row : known) {
    const Home candidate{&row, tie(identity, row)};
    if (candidate.tie != Tie::none && is_better(candidate, home)) home = candidate;
  }
  return home;
}

// The row that already waits to confirm `provisional` by this very certificate.
const KnownAlert* find_confirmation(const Identity& identity, const KnownAlert& provisional,
                                    std::span<const KnownAlert> known) {
  Home confirmation;
  for (const KnownAlert& row : known) {
    const Home candidate{&row, tie(identity, row)};
    const bool is_this = row.confirms == provisional.row && candidate.tie >= Tie::fingerprint;
    if (is_this && is_better(candidate, confirmation)) confirmation = candidate;
  }
  return confirmation.row;
}

// Does more than one issuance claim its serial key, itself included?
bool is_disputed(const Identity& identity, std::span<const KnownAlert> known) {
  const std::string* claim = identity.tbs_sha256.empty() ? nullptr : &identity.tbs_sha256;
  for (const KnownAlert& row : known) {
    if (row.tbs_sha256.empty() || !same(identity.serial_key, row.serial_key)) continue;
    if (claim != nullptr && *claim != row.tbs_sha256) return true;
    claim = &row.tbs_sha256;
  }
  return false;
}

}  // namespace

Placement place(const Identity& identity, std::span<const KnownAlert> known) {
  using Kind = Placement::Kind;
  const auto shares_serial_key = [&](const KnownAlert& row) {
    return same(identity.serial_key, row.serial_key);
  };
  const Home home = find_home(identity, known);
  if (home.row == nullptr) {
    const bool is_conflict = std::any_of(known.begin(), known.end(), shares_serial_key);
    return {is_conflict ? Kind::conflict : Kind::new_alert, 0};
  }
  // A fingerprint joined to the wrong one of two rows would let our certificate speak for
  // another's.
  if (home.tie == Tie::serial_key && !identity.fingerprint.empty() &&
      is_disputed(identity, known)) {
    return {Kind::conflict, 0};
  }
  const bool is_new_certificate =
      is_certificate(identity) && !has_fingerprint(*home.row, identity.fingerprint);
  if (home.row->is_provisional && is_new_certificate) {
    const KnownAlert* confirmation = find_confirmation(identity, *home.row, known);
    if (confirmation == nullptr) return {Kind::confirmation, home.row->row};
    return {Kind::repeat, confirmation->row};
  }
  return {Kind::repeat, home.row->row};
}

}  // namespace certwatch
