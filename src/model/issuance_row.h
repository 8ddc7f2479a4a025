// What a row of public.alerts knows of its issuance, and how it stands.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "model/identity.h"

namespace certwatch {

// The two sorts of sightings that one issuance has in the logs.
enum class Sort { precertificate, certificate };
inline constexpr std::array all_sorts{Sort::precertificate, Sort::certificate};

constexpr Sort sort_of(const Identity& identity) {
  return identity.is_precertificate ? Sort::precertificate : Sort::certificate;
}

// Fingerprints, sorted, without repeats, by the sort of the sighting that brought them.
class Fingerprints {
 public:
  std::vector<std::string>& operator[](Sort sort) { return of_[static_cast<std::size_t>(sort)]; }
  const std::vector<std::string>& operator[](Sort sort) const {
    return of_[static_cast<std::size_t>(sort)];
  }
  bool operator==(const Fingerprints&) const = default;

 private:
  std::array<std::vector<std::string>, 2> of_;
};

struct IssuanceRow {
  // Positive: the number of a row on record. Negative: a row that is still to be inserted.
  std::int64_t id = 0;
  // UUID; empty for rows of the Python service, which have no event.
  std::string event_id;

  std::optional<SerialKey> serial_key;
  std::vector<std::string> names;  // as in Identity
  std::string tbs_sha256;
  Fingerprints computed;  // of hashed sightings
  Fingerprints claimed;   // of the others
  bool has_hashed_precertificate = false;
  bool has_unhashed_precertificate = false;
  std::string source_key;
  // Only blank sightings (Identity::is_blank) so far.
  bool is_blank = false;
  // More was claimed under its serial key than is kept apart.
  bool is_crowded = false;

  Severity severity = Severity::pending;
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  SystemTime decide_at;  // when the grace window ends
  bool is_resolved = false;
  // Ours by a computed fingerprint or the TBS hash; never taken back.
  bool is_certain = false;
  // The row that contradicts this one.
  std::optional<std::int64_t> conflict_with;
  // The quiet row that this one tells again, as suspicious.
  std::optional<std::int64_t> refutes;
  bool is_refuted = false;
  // For the log: JSON array of the watch entries.
  std::string matched;

  bool is_quiet() const { return severity == Severity::info || is_resolved; }
  bool is_of_python_service() const { return event_id.empty(); }
  bool is_hashed() const { return !tbs_sha256.empty(); }
  bool operator==(const IssuanceRow&) const = default;
};

}  // namespace certwatch
