#include "record/postgres/alert_rows.h"

#include "record/stored_words.h"

namespace certwatch::postgres {

std::vector<RowOnRecord> read_rows(const Answer& answer) {
  std::vector<RowOnRecord> rows;
  for (int i = 0; i < answer.rows(); ++i) {
    RowOnRecord row;
    row.known.row = answer.integer(i, 0);
    row.known.fingerprints = answer.texts(i, 2);
    row.known.tbs_sha256 = answer.text(i, 3);
    row.known.serial_key = answer.text(i, 4);
    row.known.source_key = answer.text(i, 5);
    row.known.is_provisional = answer.boolean(i, 6);
    if (!answer.is_null(i, 7)) row.known.confirms = answer.integer(i, 7);
    row.only_precertificates = answer.boolean(i, 8);
    row.may_be_ours_by_serial = answer.boolean(i, 9);
    row.is_conflict = answer.boolean(i, 10);
    row.known.has_certificate = answer.boolean(i, 11);
    row.verdict.row = row.known.row;
    row.verdict.event_id = answer.text(i, 1);
    row.verdict.severity = severity_of(answer.view(i, 12));
    if (row.verdict.severity == Severity::info) {
      row.verdict.known_by = known_by_of(answer.view(i, 13));
    }
    row.verdict.reason = reason_of(answer.view(i, 14));
    row.verdict.matched = answer.text(i, 15);
    rows.push_back(std::move(row));
  }
  return rows;
}

Verdict read_verdict(const Answer& answer, int row) {
  Verdict verdict;
  verdict.row = answer.integer(row, 0);
  verdict.event_id = answer.text(row, 1);
  verdict.severity = severity_of(answer.view(row, 2));
  verdict.known_by = known_by_of(answer.view(row, 3));
  verdict.reason = reason_of(answer.view(row, 4));
  verdict.matched = answer.text(row, 5);
  return verdict;
}

void read_judgement(const Answer& answer, BatchJudgement& judgement) {
  for (int row = 0; row < answer.rows(); ++row) {
    const std::int64_t number = answer.integer(row, 0);
    if (answer.is_null(row, 2)) {
      judgement.vanished.emplace(number, answer.integer(row, 6));
    } else {
      judgement.verdicts.insert_or_assign(number, read_verdict(answer, row));
    }
  }
}

}  // namespace certwatch::postgres
