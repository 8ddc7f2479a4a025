#include "record/sqlite/alert_rows.h"

#include <set>

#include "base/uuid.h"
#include "record/stored_words.h"

namespace certwatch::sqlite {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view word_or_empty(const std::optional<KnownBy>& known_by) {
  return known_by ? word(*known_by) : "";
}

}  // namespace

std::vector<RowOnRecord> AlertRows::find(std::span<const NewAlert> alerts) {
  std::set<std::int64_t> found;
  const auto add = [&found](Query query) {
    while (query.next()) found.insert(query.integer(0));
  };
  const BatchIdentities identities = identities_of(alerts);
  for (const std::string& value : identities.fingerprints) {
    add(db_.query("SELECT alert FROM alert_fingerprints WHERE fingerprint = ?1", value));
  }
  for (const std::string& value : identities.tbs_sha256) {
    add(db_.query("SELECT id FROM alerts WHERE tbs_sha256 = ?1", value));
  }
  for (const std::string& value : identities.serial_keys) {
    add(db_.query("SELECT id FROM alerts WHERE serial_key = ?1", value));
  }
  for (const std::string& value : identities.source_keys) {
    add(db_.query("SELECT id FROM alerts WHERE source_key = ?1", value));
  }
  for (const NewAlert& alert : alerts) {
    add(db_.query("SELECT id FROM alerts WHERE event_id = ?1", alert.event_id));
  }
  std::vector<RowOnRecord> rows;
  for (const std::int64_t row : found) {
    if (auto one = read(row)) rows.push_back(std::move(*one));
  }
  return rows;
}

std::vector<std::string> AlertRows::fingerprints_of(std::int64_t row) {
  std::vector<std::string> all;
  Query query =
      db_.query("SELECT fingerprint FROM alert_fingerprints WHERE alert = ?1 ORDER BY rowid", row);
  while (query.next()) all.push_back(query.text(0));
  return all;
}

std::optional<RowOnRecord> AlertRows::read(std::int64_t number) {
  Query query = db_.query(
      "SELECT tbs_sha256, serial_key, source_key, provisional, confirms, has_certificate,"
      " is_precertificate, ours_by_serial, serial_conflict FROM alerts WHERE id = ?1",
      number);
  if (!query.next()) return std::nullopt;
  RowOnRecord row;
  row.known.row = number;
  row.known.fingerprints = fingerprints_of(number);
  row.known.tbs_sha256 = query.text(0);
  row.known.serial_key = query.text(1);
  row.known.source_key = query.text(2);
  row.known.is_provisional = query.boolean(3);
  row.known.confirms = query.optional_integer(4);
  row.known.has_certificate = query.boolean(5);
  row.only_precertificates = query.boolean(6);
  row.may_be_ours_by_serial = query.boolean(7);
  row.is_conflict = query.boolean(8);
  row.verdict = read_verdict(number);
  if (row.verdict.severity != Severity::info) row.verdict.known_by.reset();
  return row;
}

Verdict AlertRows::read_verdict(std::int64_t number) {
  Verdict verdict;
  verdict.row = number;
  Query query = db_.query(
      "SELECT event_id, severity, known_by, reason, matched FROM alerts WHERE id = ?1", number);
  if (!query.next()) return verdict;
  verdict.event_id = query.text(0);
  verdict.severity = severity_of(query.view(1));
  verdict.known_by = known_by_of(query.view(2));
  verdict.reason = reason_of(query.view(3));
  verdict.matched = query.text(4);
  return verdict;
}

bool AlertRows::is_conflict(std::int64_t number) {
  Query query = db_.query("SELECT serial_conflict FROM alerts WHERE id = ?1", number);
  return query.next() && query.boolean(0);
}

std::optional<OpenRow> AlertRows::read_open(std::int64_t number, Seconds now) {
  Query query = db_.query(
      "SELECT severity, decide_at, ours_by_serial, serial_conflict, confirms, tbs_sha256, serial,"
      " not_before, not_after, sans FROM alerts WHERE id = ?1",
      number);
  if (!query.next()) return std::nullopt;
  OpenRow row;
  row.severity = severity_of(query.view(0));
  row.standing.grace_is_over = query.real(1) <= now.count();
  row.standing.may_be_ours_by_serial = query.boolean(2);
  row.standing.is_conflict = query.boolean(3);
  row.confirms = query.optional_integer(4);
  row.standing.confirms = row.confirms.has_value();
  row.wanted.tbs_sha256 = query.text(5);
  row.wanted.serial = query.text(6);
  row.wanted.not_before = query.optional_integer(7);
  row.wanted.not_after = query.optional_integer(8);
  row.wanted.sans = query.text(9);
  row.wanted.fingerprints = fingerprints_of(number);
  // By serial only where the answer matters: for what may be ours by it, and for the reason.
  const bool needs_reason = row.severity == Severity::pending && row.standing.grace_is_over;
  row.wanted.asks_serial = !row.standing.is_conflict && !row.standing.confirms &&
                           (row.standing.may_be_ours_by_serial || needs_reason);
  return row;
}

std::int64_t AlertRows::insert(const NewAlert& alert, const NewRow& row, Seconds now,
                               Seconds grace) {
  Query query = db_.query(
      "INSERT INTO alerts (fingerprint, sans, matched, issuer, seen_at, severity, event_id,"
      " payload, recorded_at, decide_at, tbs_sha256, serial_key, source_key, serial, not_before,"
      " not_after, is_precertificate, has_certificate, ours_by_serial, serial_conflict, confirms)"
      " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " RETURNING id",
      alert.identity.fingerprint, alert.sans, alert.matched, alert.issuer, alert.seen_at,
      alert.event_id, alert.payload, now, now + grace, unless_empty(row.known.tbs_sha256),
      unless_empty(row.known.serial_key), unless_empty(row.known.source_key),
      unless_empty(row.identity.serial), row.identity.not_before, row.identity.not_after,
      row.identity.is_precertificate, row.known.has_certificate, row.identity.may_be_ours_by_serial,
      row.is_conflict, row.known.confirms);
  std::int64_t number = 0;
  while (query.next()) number = query.integer(0);
  add_fingerprints(number, row.known.fingerprints);
  return number;
}

void AlertRows::add_fingerprints(std::int64_t row, const std::vector<std::string>& fingerprints) {
  for (const std::string& one : fingerprints) {
    db_.run(
        "INSERT INTO alert_fingerprints (alert, fingerprint) SELECT ?1, ?2"
        " WHERE (SELECT count(*) FROM alert_fingerprints WHERE alert = ?1) < 16"
        " ON CONFLICT DO NOTHING",
        row, one);
  }
  db_.run(
      "UPDATE alerts SET fingerprints = (SELECT json_group_array(fingerprint) FROM"
      " (SELECT fingerprint FROM alert_fingerprints WHERE alert = ?1 ORDER BY rowid))"
      " WHERE id = ?1",
      row);
}

void AlertRows::amend(const Amendment& added) {
  add_fingerprints(added.row, added.fingerprints);
  if (!added.serial_key.empty()) {
    db_.run(
        "UPDATE alerts SET serial_key = ?2, serial = ?3, not_before = ?4, not_after = ?5"
        " WHERE id = ?1 AND serial_key IS NULL",
        added.row, added.serial_key, unless_empty(added.serial), added.not_before, added.not_after);
  }
  db_.run(
      "UPDATE alerts SET tbs_sha256 = coalesce(tbs_sha256, ?2),"
      " is_precertificate = is_precertificate AND ?3,"
      " has_certificate = has_certificate OR ?4,"
      " ours_by_serial = (ours_by_serial OR ?5) AND NOT serial_conflict"
      "   AND NOT (coalesce(has_certificate, 0) OR ?4) AND confirms IS NULL"
      " WHERE id = ?1",
      added.row, unless_empty(added.tbs_sha256), added.only_precertificates, added.has_certificate,
      added.may_be_ours_by_serial);
}

void AlertRows::write_verdict(std::int64_t number, const Ruling& ruling, Seconds now, bool is_due) {
  const auto reason =
      ruling.reason ? std::optional(std::string(word(*ruling.reason))) : std::nullopt;
  db_.run(
      "UPDATE alerts SET severity = ?2, known_by = ?3, reason = ?4, provisional = ?5,"
      " decided_at = ?6, due_at = ?7 WHERE id = ?1",
      number, word(ruling.severity), unless_empty(std::string(word_or_empty(ruling.known_by))),
      reason, ruling.is_provisional, now, is_due ? std::optional(now) : std::nullopt);
}

void AlertRows::confirm(std::int64_t number) {
  db_.run("UPDATE alerts SET provisional = 0 WHERE id = ?1", number);
}

void AlertRows::vanish(std::int64_t number, const OpenRow& certificate) {
  db_.run("DELETE FROM alerts WHERE id = ?1", number);
  const std::int64_t provisional = *certificate.confirms;
  if (!read(provisional)) return;
  add_fingerprints(provisional, certificate.wanted.fingerprints);
  db_.run(
      "UPDATE alerts SET provisional = 0, has_certificate = 1, is_precertificate = 0,"
      " ours_by_serial = 0, tbs_sha256 = coalesce(tbs_sha256, ?2) WHERE id = ?1",
      provisional, unless_empty(certificate.wanted.tbs_sha256));
}

std::vector<Verdict> AlertRows::take_serial(std::int64_t number, Seconds now, bool deliver) {
  std::vector<Verdict> verdicts;
  for (const auto& [rival, loss] : losses_to(number)) {
    if (loss == Loss::nothing) continue;
    db_.run("UPDATE alerts SET serial_conflict = 1, ours_by_serial = 0 WHERE id = ?1", rival);
    if (loss == Loss::claim) continue;
    overturn(rival, now, deliver);
    verdicts.push_back(read_verdict(rival));
  }
  return verdicts;
}

std::vector<std::pair<std::int64_t, Loss>> AlertRows::losses_to(std::int64_t number) {
  std::vector<std::pair<std::int64_t, Loss>> losses;
  Query query = db_.query(
      "SELECT r.id, r.severity, r.resolved_at IS NOT NULL, r.provisional, r.ours_by_serial,"
      " EXISTS (SELECT 1 FROM alerts AS c WHERE c.serial_key = r.serial_key"
      "   AND c.tbs_sha256 = r.tbs_sha256 AND c.confirms = r.id)"
      " FROM alerts AS ours JOIN alerts AS r"
      "   ON r.serial_key = ours.serial_key AND r.tbs_sha256 <> ours.tbs_sha256"
      " WHERE ours.id = ?1 ORDER BY r.id",
      number);
  while (query.next()) {
    losses.emplace_back(query.integer(0),
                        loss({severity_of(query.view(1)), query.boolean(2), query.boolean(3),
                              query.boolean(4), query.boolean(5)}));
  }
  return losses;
}

// Whoever still posts the event that it was finds nothing to settle.
void AlertRows::overturn(std::int64_t number, Seconds now, bool deliver) {
  db_.run(
      "UPDATE alerts SET event_id = ?2, severity = 'suspicious', reason = 'serial_conflict',"
      " known_by = NULL, provisional = 0, decided_at = ?3, due_at = ?4, lease_until = NULL,"
      " attempts = 0, delivered = 0, delivered_at = NULL, abandoned_at = NULL, last_error = NULL,"
      " resolved_at = NULL, resolution_id = NULL, resolution_delivered_at = NULL WHERE id = ?1",
      number, random_uuid(), now, deliver ? std::optional(now) : std::nullopt);
}

bool AlertRows::resolve(std::int64_t number, KnownBy known_by, Seconds now, bool deliver) {
  Query query = db_.query(
      "UPDATE alerts SET known_by = ?2, provisional = ?3, resolved_at = ?4, resolution_id = ?5,"
      " due_at = CASE WHEN due_at IS NULL AND delivered AND payload IS NOT NULL AND ?6"
      "   THEN ?4 ELSE due_at END,"
      " attempts = CASE WHEN due_at IS NULL THEN 0 ELSE attempts END"
      " WHERE id = ?1 AND severity = 'suspicious' AND resolved_at IS NULL"
      "   AND (NOT ?3 OR ours_by_serial AND NOT serial_conflict AND confirms IS NULL)"
      " RETURNING confirms",
      number, word(known_by), known_by == KnownBy::serial, now, random_uuid(), deliver);
  bool resolved = false;
  std::optional<std::int64_t> confirms;
  while (query.next()) {
    resolved = true;
    confirms = query.optional_integer(0);
  }
  if (confirms && is_certain(known_by)) confirm(*confirms);
  return resolved;
}

}  // namespace certwatch::sqlite
