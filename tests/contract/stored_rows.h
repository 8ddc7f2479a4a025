// Rows of alerts and alert_deliveries as SQL shows them, for the stores whose tables have the same
// columns.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "contract/store_under_test.h"

namespace certwatch::contract {

// `joined_fingerprints`: an expression that gives the list, one a line. `prefix`: what stands in
// front of the names of tables.
inline std::string select_alerts(const std::string& joined_fingerprints,
                                 const std::string& prefix = "") {
  return "SELECT id, event_id, fingerprint, sans, matched, issuer, seen_at, delivered, severity,"
         " identity_facts, payload, " +
         joined_fingerprints + " FROM " + prefix + "alerts ORDER BY id";
}

inline std::string select_deliveries(const std::string& prefix = "") {
  return "SELECT alert, kind, event_id, destination, attempts, due_at, delivered_at, abandoned_at,"
         " last_error FROM " +
         prefix + "alert_deliveries ORDER BY id";
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

using SqlRow = std::vector<std::optional<std::string>>;

inline StoredAlert stored_alert(const SqlRow& row) {
  const auto text = [&row](std::size_t column) { return row.at(column).value_or(""); };
  StoredAlert alert;
  alert.row = std::stoll(text(0));
  alert.event_id = text(1);
  alert.fingerprint = text(2);
  alert.sans = text(3);
  alert.matched = text(4);
  alert.issuer = row[5];
  alert.seen_at = std::stoll(text(6));
  alert.delivered = text(7) == "t" || text(7) == "1";
  alert.severity = text(8);
  alert.identity_facts = text(9);
  alert.message_facts = text(10);
  alert.fingerprints = split_lines(text(11));
  return alert;
}

inline StoredDelivery stored_delivery(const SqlRow& row) {
  StoredDelivery delivery;
  delivery.alert = std::stoll(row.at(0).value());
  delivery.kind = row.at(1).value();
  delivery.event_id = row.at(2).value();
  delivery.destination = row.at(3).value();
  delivery.attempts = std::stoi(row.at(4).value());
  delivery.is_due = row.at(5).has_value();
  delivery.is_delivered = row.at(6).has_value();
  delivery.is_abandoned = row.at(7).has_value();
  delivery.last_error = row.at(8).value_or("");
  return delivery;
}

// Statements that make everything on record `age` older (an SQL expression).
inline std::vector<std::string> make_older(const std::string& age, const std::string& prefix = "") {
  const std::pair<const char*, std::vector<const char*>> tables[] = {
      {"alerts", {"recorded_at", "decide_at", "decided_at", "resolved_at"}},
      {"alert_deliveries",
       {"told_since", "due_at", "lease_until", "delivered_at", "abandoned_at", "requeued_at"}},
      {"certwatch_destinations", {"announced_at"}},
  };
  std::vector<std::string> statements;
  for (const auto& [table, columns] : tables) {
    std::string sets;
    for (const std::string column : columns) {
      sets += (sets.empty() ? "" : ", ") + column + " = " + column + " - " + age;
    }
    statements.push_back("UPDATE " + prefix + table + " SET " + sets);
  }
  return statements;
}

}  // namespace certwatch::contract
