#include "record/sqlite/issuance_rows.h"

#include <set>

#include "base/json_text.h"
#include "classify/names.h"
#include "record/ledger_store.h"
#include "record/stored_words.h"

namespace certwatch::sqlite {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

template <class Word>
std::optional<std::string> word_of(const std::optional<Word>& value) {
  return value ? std::optional(std::string(word(*value))) : std::nullopt;
}

std::string list(const std::vector<std::string>& texts) {
  return json::array(texts, json::Form::storable);
}

// Of all its lists, once.
std::string all_fingerprints(const IssuanceRow& row) {
  Identities identities;
  identities.add(row);
  const std::set<std::string> all(identities.fingerprints.begin(), identities.fingerprints.end());
  return list({all.begin(), all.end()});
}

// Rows of before have their names in `sans` only.
std::vector<std::string> read_names(Database& database, const Query& query, int names, int sans) {
  if (!query.is_null(names)) return read_texts(database, query.text(names));
  return comparable_names(read_texts(database, query.text(sans)));
}

void read_identities(Database& database, const Query& query, IssuanceRow& row) {
  row.event_id = query.text(0);
  if (!query.is_null(1)) {
    row.serial_key = SerialKey{query.text(2), query.integer(3), query.integer(4)};
  }
  row.names = read_names(database, query, 5, 6);
  row.tbs_sha256 = query.text(7);
  row.source_key = query.text(8);
  row.computed[Sort::precertificate] = read_texts(database, query.text(9));
  row.computed[Sort::certificate] = read_texts(database, query.text(10));
  row.claimed[Sort::precertificate] = read_texts(database, query.text(11));
  row.claimed[Sort::certificate] = read_texts(database, query.text(12));
  // The Python service had one fingerprint, and no lists.
  if (row.is_of_python_service() && query.is_null(12) && !query.view(13).empty()) {
    row.claimed[Sort::certificate] = {query.text(13)};
  }
}

void read_standing(const Query& query, IssuanceRow& row) {
  row.has_hashed_precertificate = query.boolean(14);
  row.has_unhashed_precertificate = query.boolean(15);
  row.is_blank = query.boolean(16);
  row.is_crowded = query.boolean(17);
  row.is_certain = query.boolean(18);
  row.is_refuted = query.boolean(19);
  row.conflict_with = query.optional_integer(20);
  row.refutes = query.optional_integer(21);
  row.severity = severity_of(query.view(22));
  row.known_by = known_by_of(query.view(23));
  row.reason = reason_of(query.view(24));
  row.decide_at = query.time(25).value_or(SystemTime());
  row.is_resolved = query.boolean(26);
  row.matched = query.text(27);
}

}  // namespace

std::vector<std::string> read_texts(Database& database, const std::string& json) {
  std::vector<std::string> texts;
  if (json.empty() || json == "[]") return texts;
  Query query = database.query(
      "SELECT value FROM json_each(CASE WHEN json_valid(?1) AND json_type(?1) = 'array' THEN ?1"
      " ELSE '[]' END) WHERE type = 'text'",
      json);
  while (query.next()) texts.push_back(query.text(0));
  return texts;
}

std::optional<IssuanceRow> read_issuance(Database& database, std::int64_t number) {
  Query query = database.query(
      "SELECT event_id, issuance_key, serial, not_before, not_after, names, sans, tbs_sha256,"
      " source_key, computed_precertificates, computed_certificates, claimed_precertificates,"
      " claimed_certificates, fingerprint, has_hashed_precertificate, has_unhashed_precertificate,"
      " is_blank, is_crowded, is_certain, is_refuted, conflict_with, refutes, severity, known_by,"
      " reason, decide_at, resolved_at IS NOT NULL, matched FROM alerts WHERE id = ?1",
      number);
  if (!query.next()) return std::nullopt;
  IssuanceRow row;
  row.id = number;
  read_identities(database, query, row);
  read_standing(query, row);
  return row;
}

void write_issuance(Database& database, const IssuanceRow& row) {
  const auto& key = row.serial_key;
  database.run(
      "UPDATE alerts SET event_id = ?2, issuance_key = ?3, serial = ?4, not_before = ?5,"
      " not_after = ?6, names = ?7, tbs_sha256 = ?8, source_key = ?9, fingerprints = ?10,"
      " computed_precertificates = ?11, computed_certificates = ?12, claimed_precertificates = ?13,"
      " claimed_certificates = ?14 WHERE id = ?1",
      row.id, unless_empty(row.event_id), key ? std::optional(key->text()) : std::nullopt,
      key ? std::optional(key->serial) : std::nullopt,
      key ? std::optional(key->not_before) : std::nullopt,
      key ? std::optional(key->not_after) : std::nullopt, list(row.names),
      unless_empty(row.tbs_sha256), unless_empty(row.source_key), all_fingerprints(row),
      list(row.computed[Sort::precertificate]), list(row.computed[Sort::certificate]),
      list(row.claimed[Sort::precertificate]), list(row.claimed[Sort::certificate]));
  std::optional<Importance> importance;
  if (row.severity != Severity::pending && !row.is_of_python_service()) {
    importance = importance_of(row.severity);
  }
  database.run(
      "UPDATE alerts SET has_hashed_precertificate = ?2, has_unhashed_precertificate = ?3,"
      " is_blank = ?4, is_crowded = ?5, is_certain = ?6, is_refuted = ?7, conflict_with = ?8,"
      " refutes = ?9, severity = ?10, known_by = ?11, reason = ?12, decide_at = ?13,"
      " importance = ?14 WHERE id = ?1",
      row.id, row.has_hashed_precertificate, row.has_unhashed_precertificate, row.is_blank,
      row.is_crowded, row.is_certain, row.is_refuted, row.conflict_with, row.refutes,
      word(row.severity), word_of(row.known_by), word_of(row.reason), row.decide_at,
      word_of(importance));
}

}  // namespace certwatch::sqlite
