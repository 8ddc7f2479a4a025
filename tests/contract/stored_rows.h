// Rows of alerts as SQL shows them, for the stores whose tables have the same columns.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "contract/store_under_test.h"

namespace certwatch::contract {

// `joined_fingerprints`: an expression that gives the list, one a line.
inline std::string select_alerts(const std::string& joined_fingerprints, const std::string& table) {
  return "SELECT id, event_id, fingerprint, sans, matched, issuer, seen_at, delivered, severity,"
         " payload, known_by, reason, " +
         joined_fingerprints +
         ", tbs_sha256, provisional, confirms, attempts, last_error, decided_at, due_at,"
         " abandoned_at, resolved_at, resolution_delivered_at FROM " +
         table + " ORDER BY id";
}

inline std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

inline StoredAlert stored_alert(const std::vector<std::optional<std::string>>& row) {
  const auto text = [&row](std::size_t column) { return row.at(column).value_or(""); };
  const auto is_true = [&](std::size_t column) {
    return text(column) == "t" || text(column) == "1";
  };
  StoredAlert alert;
  alert.row = std::stoll(text(0));
  alert.event_id = text(1);
  alert.fingerprint = text(2);
  alert.sans = text(3);
  alert.matched = text(4);
  alert.issuer = row[5];
  alert.seen_at = std::stoll(text(6));
  alert.delivered = is_true(7);
  alert.severity = text(8);
  alert.payload = text(9);
  alert.known_by = text(10);
  alert.reason = text(11);
  alert.fingerprints = split_lines(text(12));
  alert.tbs_sha256 = text(13);
  alert.provisional = is_true(14);
  if (row.at(15)) alert.confirms = std::stoll(*row[15]);
  alert.attempts = std::stoi(text(16));
  alert.last_error = text(17);
  alert.is_decided = row.at(18).has_value();
  alert.is_due = row.at(19).has_value();
  alert.is_abandoned = row.at(20).has_value();
  alert.is_resolved = row.at(21).has_value();
  alert.is_resolution_delivered = row.at(22).has_value();
  return alert;
}

// An UPDATE that makes everything on record `age` older (an SQL expression).
inline std::string make_older(const std::string& table, const std::string& age) {
  std::string sets;
  for (const char* column :
       {"recorded_at", "decide_at", "decided_at", "due_at", "lease_until", "delivered_at",
        "abandoned_at", "requeued_at", "resolved_at", "resolution_delivered_at"}) {
    sets += std::string(sets.empty() ? "" : ", ") + column + " = " + column + " - " + age;
  }
  return "UPDATE " + table + " SET " + sets;
}

}  // namespace certwatch::contract
