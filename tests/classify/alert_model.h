// Rows, inventory and grace window in memory, as the stores keep them, so that whole sequences of
// arrivals can be written as one line each.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "classify/issuance.h"
#include "model/alert.h"

namespace certwatch {

// One database. Everything is decided from its rows: a restart, or a second process, is another
// call of arrive().
class AlertModel {
 public:
  struct Row {
    KnownAlert known;
    Identity identity;
    bool only_precertificates = false;
    bool may_be_ours_by_serial = false;
    bool is_conflict = false;
    Severity severity = Severity::pending;
    std::optional<KnownBy> known_by;
    std::optional<Reason> reason;
    bool is_resolved = false;
  };

  // Upstream puts a certificate of that fingerprint, and this identity's serial, into certs.
  void add_to_inventory(const std::string& fingerprint, const std::string& serial) {
    fingerprints_.insert(fingerprint);
    serials_.insert(serial);
  }

  Placement arrive(const Identity& identity) {
    const Placement placement = place(identity, related(identity));
    if (placement.kind == Placement::Kind::repeat) {
      amend(row(placement.row), identity);
      judge(row(placement.row), false);
    } else {
      insert(identity, placement);
      judge(rows_.back(), false);
    }
    remove_confirmed();
    return placement;
  }

  // The grace window of everything on record is over.
  void end_grace() {
    for (Row& each : rows_) judge(each, true);
    remove_confirmed();
  }

  // What is found in the inventory after the verdict.
  void resolve_late() {
    for (Row& each : rows_) {
      if (each.severity == Severity::suspicious && known_by(each)) each.is_resolved = true;
    }
  }

  const std::vector<Row>& rows() const { return rows_; }

  // "info:serial suspicious:unknown": what n8n was told, in order of the rows.
  std::string told() const {
    std::string all;
    for (const Row& each : rows_) {
      if (!all.empty()) all += ' ';
      all += word(each.severity);
      if (each.known_by) all += std::string(":") + word(*each.known_by);
      if (each.reason) all += std::string(":") + word(*each.reason);
      if (each.known.is_provisional) all += "?";
      if (each.is_resolved) all += "!";
    }
    return all;
  }

 private:
  static bool same(const std::string& one, const std::string& other) {
    return !one.empty() && one == other;
  }

  std::vector<KnownAlert> related(const Identity& identity) const {
    std::vector<KnownAlert> related;
    for (const Row& each : rows_) {
      const KnownAlert& known = each.known;
      const auto& seen = known.fingerprints;
      if (same(identity.tbs_sha256, known.tbs_sha256) ||
          same(identity.serial_key, known.serial_key) ||
          same(identity.source_key, known.source_key) ||
          std::find(seen.begin(), seen.end(), identity.fingerprint) != seen.end()) {
        related.push_back(known);
      }
    }
    return related;
  }

  Row& row(std::int64_t number) {
    return *std::find_if(rows_.begin(), rows_.end(),
                         [number](const Row& each) { return each.known.row == number; });
  }

  void insert(const Identity& identity, const Placement& placement) {
    Row row;
    row.known.row = ++last_row_;
    row.known.serial_key = identity.serial_key;
    row.known.source_key = identity.source_key;
    row.identity = identity;
    row.only_precertificates = true;
    row.is_conflict = placement.kind == Placement::Kind::conflict;
    if (placement.kind == Placement::Kind::confirmation) row.known.confirms = placement.row;
    row.may_be_ours_by_serial =
        identity.may_be_ours_by_serial && !row.is_conflict && !row.known.confirms;
    rows_.push_back(row);
    amend(rows_.back(), identity);
  }

  static void amend(Row& row, const Identity& identity) {
    auto& seen = row.known.fingerprints;
    if (!identity.fingerprint.empty() &&
        std::find(seen.begin(), seen.end(), identity.fingerprint) == seen.end()) {
      seen.push_back(identity.fingerprint);
    }
    if (!identity.is_precertificate && !identity.fingerprint.empty()) {
      row.known.has_certificate = true;
    }
    if (row.known.tbs_sha256.empty()) row.known.tbs_sha256 = identity.tbs_sha256;
    if (row.known.serial_key.empty()) row.known.serial_key = identity.serial_key;
    row.only_precertificates = row.only_precertificates && identity.is_precertificate;
    row.may_be_ours_by_serial = row.may_be_ours_by_serial && row.only_precertificates;
  }

  std::optional<KnownBy> known_by(const Row& row) const {
    for (const std::string& fingerprint : row.known.fingerprints) {
      if (fingerprints_.contains(fingerprint)) return KnownBy::fingerprint;
    }
    if (row.may_be_ours_by_serial && serials_.contains(row.identity.serial)) return KnownBy::serial;
    return std::nullopt;
  }

  Reason reason(const Row& row) const {
    if (row.is_conflict) return Reason::serial_conflict;
    const bool shares_serial = row.known.confirms || serials_.contains(row.identity.serial);
    return shares_serial ? Reason::serial_only : Reason::unknown;
  }

  void remove_confirmed() {
    std::erase_if(rows_, [](const Row& each) {
      return each.known.confirms && each.severity == Severity::info;
    });
  }

  void judge(Row& judged, bool is_grace_over) {
    const auto found = known_by(judged);
    if (judged.severity == Severity::info && judged.known.is_provisional) {
      if (found == KnownBy::fingerprint) judged.known.is_provisional = false;
    }
    if (judged.severity != Severity::pending) return;
    if (found) {
      judged.severity = Severity::info;
      judged.known_by = found;
      judged.known.is_provisional = found == KnownBy::serial;
      if (judged.known.confirms) confirm(judged);
    } else if (is_grace_over) {
      judged.severity = Severity::suspicious;
      judged.reason = reason(judged);
    }
  }

  void confirm(const Row& confirmation) {
    Row& provisional = row(*confirmation.known.confirms);
    Identity identity = confirmation.identity;
    identity.tbs_sha256 = confirmation.known.tbs_sha256;
    amend(provisional, identity);
    provisional.known.is_provisional = false;
  }

  std::vector<Row> rows_;
  std::int64_t last_row_ = 0;
  std::set<std::string> fingerprints_;
  std::set<std::string> serials_;
};

}  // namespace certwatch
