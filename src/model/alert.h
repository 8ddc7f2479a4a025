// An alert: a match on record, its verdict, its deliveries.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/identity.h"

namespace certwatch {

enum class Severity { pending, info, suspicious };
// By what an alert was found to be ours.
enum class KnownBy { fingerprint, tbs, serial };
// Why a suspicious alert is suspicious.
enum class Reason {
  unknown,          // nothing in the inventory is like it
  serial_only,      // a certificate that shares serial and validity with one of ours, nothing more
  serial_conflict,  // shares its serial key with another issuance, and is another certificate
};

// The words of payload, rows, metrics and log.
constexpr const char* word(Severity severity) {
  switch (severity) {
    case Severity::pending:
      return "pending";
    case Severity::info:
      return "info";
    case Severity::suspicious:
      return "suspicious";
  }
  return "";
}
constexpr const char* word(KnownBy known_by) {
  switch (known_by) {
    case KnownBy::fingerprint:
      return "fingerprint";
    case KnownBy::tbs:
      return "tbs";
    case KnownBy::serial:
      return "serial";
  }
  return "";
}
constexpr const char* word(Reason reason) {
  switch (reason) {
    case Reason::unknown:
      return "unknown";
    case Reason::serial_only:
      return "serial_only";
    case Reason::serial_conflict:
      return "serial_conflict";
  }
  return "";
}

// A match about to become a row.
struct NewAlert {
  // UUID; the payload's `id`.
  std::string event_id;
  Identity identity;
  // The members of the payload's object that do not depend on the verdict (notify/alert_payload.h),
  // without the braces: "\"fingerprint_sha1\":\"...\",...".
  std::string payload;
  // JSON arrays for the columns `sans` and `matched`, fit for jsonb.
  std::string sans;
  std::string matched;
  // Fit for a text column; nullopt is NULL.
  std::optional<std::string> issuer;
  std::int64_t seen_at = 0;
};

struct Verdict {
  std::int64_t row = 0;
  std::string event_id;
  Severity severity = Severity::pending;
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  // For the log: JSON array of the entries.
  std::string matched;
};

// What became of a NewAlert.
struct Recorded {
  enum class As {
    alert,   // a row of its own
    repeat,  // an issuance that is on record; what was new of it has been added to that row
  };
  As as = As::alert;
  std::int64_t row = 0;
  // For an alert: where it stands after recording; severity pending while the grace window is open.
  // For a repeat: pending, unless it was this one that made the row info (told once).
  Verdict verdict;
  // What of its content the database refused, so that it is on record without; for the log. Empty:
  // nothing.
  std::string left_out;
  // Other rows that had been called ours by the serial, and are suspicious now that it belongs to
  // what this batch showed to be ours. They stand at the last of the batch.
  std::vector<Verdict> overturned;
};

// One event on its way to the webhook: the alert itself, or the news that it is resolved.
struct Delivery {
  std::int64_t row = 0;
  // The number of the attempt that was claimed, from 1; also the fence against a settlement that
  // comes after the lease has gone to somebody else.
  int attempt = 0;
  std::string event_id;
  // Set for a resolution: the id of the alert that it resolves.
  std::optional<std::string> resolves;
  Severity severity = Severity::suspicious;
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  std::string payload;  // as in NewAlert
  // For the log.
  std::string matched;
};

}  // namespace certwatch
