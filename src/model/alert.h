// An alert: a match on record, its verdict, its deliveries.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/identity.h"

namespace certwatch {

enum class Severity { pending, info, suspicious };
// By what an alert was found to be ours.
enum class KnownBy { fingerprint, tbs, serial };
// Why a suspicious alert is suspicious.
enum class Reason {
  unknown,          // nothing in the inventory is like it
  serial_only,      // it shares serial, validity and names with a certificate of ours, nothing more
  serial_conflict,  // another certificate on record has the same serial and validity
};
enum class AlertKind { issuance };
// How much an alert matters to people, the least first.
enum class Importance { info, medium, high, critical };

// The words of payload, rows, metrics and log.
constexpr const char* word(Severity severity) {
  constexpr std::array words{"pending", "info", "suspicious"};
  return words[static_cast<std::size_t>(severity)];
}
constexpr const char* word(KnownBy known_by) {
  constexpr std::array words{"fingerprint", "tbs", "serial"};
  return words[static_cast<std::size_t>(known_by)];
}
constexpr const char* word(Reason reason) {
  constexpr std::array words{"unknown", "serial_only", "serial_conflict"};
  return words[static_cast<std::size_t>(reason)];
}
constexpr const char* word(AlertKind) {
  return "issuance";
}
constexpr const char* word(Importance importance) {
  constexpr std::array words{"info", "medium", "high", "critical"};
  return words[static_cast<std::size_t>(importance)];
}

constexpr Importance importance_of(Severity severity) {
  return severity == Severity::suspicious ? Importance::critical : Importance::info;
}

// What an alert tells of its certificate, fixed when the row is made.
struct AlertContent {
  // Fit for a text column: SHA-1, lower-case hexadecimal; empty where not known.
  std::string fingerprint;
  // The facts for notifiers: members of a JSON object, without its braces. They are in two parts:
  // what identifies the certificate, and what the message says (record/alert_content.h).
  std::string identity_facts;
  std::string message_facts;
  // JSON arrays for the columns `sans` and `matched`, fit for jsonb.
  std::string sans;
  std::string matched;
  // Fit for a text column; nullopt is NULL.
  std::optional<std::string> issuer;
  std::int64_t seen_at = 0;
};

// The verdict on a row, as it is logged and counted.
struct Verdict {
  std::int64_t row = 0;
  std::string event_id;
  Severity severity = Severity::pending;
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  std::string matched;  // JSON array of the watch entries
};

}  // namespace certwatch
