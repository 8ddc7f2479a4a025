#include "record/postgres/issuance_rows.h"

#include <algorithm>

#include "record/stored_words.h"

namespace certwatch::postgres {
namespace {

std::vector<std::string> sorted_texts(const Answer& answer, int row, int column) {
  std::vector<std::string> all = answer.texts(row, column);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::optional<std::int64_t> optional_integer(const Answer& answer, int row, int column) {
  if (answer.is_null(row, column)) return std::nullopt;
  return answer.integer(row, column);
}

std::optional<SerialKey> read_serial_key(const Answer& answer, int row, int serial, int not_before,
                                         int not_after) {
  if (answer.view(row, serial).empty() || answer.is_null(row, not_before) ||
      answer.is_null(row, not_after)) {
    return std::nullopt;
  }
  return SerialKey{answer.text(row, serial), answer.integer(row, not_before),
                   answer.integer(row, not_after)};
}

void complete_python_row(IssuanceRow& row, const std::string& fingerprint) {
  if (row.severity == Severity::pending) row.severity = Severity::suspicious;
  const bool is_untouched = row.computed == Fingerprints() && row.claimed == Fingerprints();
  if (is_untouched && !fingerprint.empty()) row.claimed[Sort::certificate] = {fingerprint};
}

IssuanceRow read_row(const Answer& answer, int i) {
  IssuanceRow row;
  row.id = answer.integer(i, 0);
  row.event_id = answer.text(i, 1);
  row.serial_key = read_serial_key(answer, i, 2, 3, 4);
  row.names = answer.texts(i, 5);
  row.tbs_sha256 = answer.text(i, 6);
  row.computed[Sort::precertificate] = sorted_texts(answer, i, 7);
  row.computed[Sort::certificate] = sorted_texts(answer, i, 8);
  row.claimed[Sort::precertificate] = sorted_texts(answer, i, 9);
  row.claimed[Sort::certificate] = sorted_texts(answer, i, 10);
  row.has_hashed_precertificate = answer.boolean(i, 11);
  row.has_unhashed_precertificate = answer.boolean(i, 12);
  row.source_key = answer.text(i, 13);
  row.is_blank = answer.boolean(i, 14);
  row.is_crowded = answer.boolean(i, 15);
  row.severity = severity_of(answer.view(i, 16));
  row.known_by = known_by_of(answer.view(i, 17));
  row.reason = reason_of(answer.view(i, 18));
  row.is_certain = answer.boolean(i, 19);
  row.is_refuted = answer.boolean(i, 20);
  row.decide_at = answer.time(i, 21);
  row.is_resolved = answer.boolean(i, 22);
  row.conflict_with = optional_integer(answer, i, 23);
  row.refutes = optional_integer(answer, i, 24);
  row.matched = answer.text(i, 25);
  if (row.is_of_python_service()) complete_python_row(row, answer.text(i, 26));
  return row;
}

std::vector<std::string> all_fingerprints(const IssuanceRow& row) {
  std::vector<std::string> all;
  for (const Sort sort : all_sorts) {
    all.insert(all.end(), row.computed[sort].begin(), row.computed[sort].end());
    all.insert(all.end(), row.claimed[sort].begin(), row.claimed[sort].end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void add_serial_key(Parameters& values, const std::optional<SerialKey>& key) {
  if (key) {
    values.text(key->serial).integer(key->not_before).integer(key->not_after).text(key->text());
  } else {
    values.null().null().null().null();
  }
}

void add_number(Parameters& values, const std::optional<std::int64_t>& row) {
  if (row && *row > 0) {
    values.integer(*row);
  } else {
    values.null();
  }
}

template <class Word>
void add_word(Parameters& values, const std::optional<Word>& value) {
  if (value) {
    values.text(word(*value));
  } else {
    values.null();
  }
}

}  // namespace

std::vector<IssuanceRow> read_issuance_rows(const Answer& answer) {
  std::vector<IssuanceRow> rows;
  for (int i = 0; i < answer.rows(); ++i) rows.push_back(read_row(answer, i));
  return rows;
}

Parameters issuance_values(const IssuanceRow& row) {
  Parameters values;
  values.text_unless_empty(row.event_id);
  add_serial_key(values, row.serial_key);
  values.texts(row.names).text_unless_empty(row.tbs_sha256).texts(all_fingerprints(row));
  values.texts(row.computed[Sort::precertificate]).texts(row.computed[Sort::certificate]);
  values.texts(row.claimed[Sort::precertificate]).texts(row.claimed[Sort::certificate]);
  values.boolean(row.has_hashed_precertificate).boolean(row.has_unhashed_precertificate);
  values.text_unless_empty(row.source_key).boolean(row.is_blank).boolean(row.is_crowded);
  values.text(word(row.severity));
  add_word(values, row.known_by);
  add_word(values, row.reason);
  if (row.severity == Severity::pending) {
    values.null();
  } else {
    values.text(word(importance_of(row.severity)));
  }
  values.boolean(row.is_certain).boolean(row.is_refuted).time(row.decide_at);
  add_number(values, row.conflict_with);
  add_number(values, row.refutes);
  return values;
}

}  // namespace certwatch::postgres
