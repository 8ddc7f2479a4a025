// Rows of public.alerts as the statements of alert_sql.h return them.
#pragma once

#include <map>
#include <vector>

#include "model/alert.h"
#include "record/batch.h"
#include "record/postgres/answer.h"

namespace certwatch::postgres {

// Of find_rows.
std::vector<RowOnRecord> read_rows(const Answer& answer);

// Columns id, event_id, severity, known_by, reason, matched, from `first_column` on.
Verdict read_verdict(const Answer& answer, int row);

// What the statement `judge` did to the rows of a batch.
struct Judgement {
  // By row.
  std::map<std::int64_t, Verdict> verdicts;
  // Certificates that confirmed a provisional row, and went: row to provisional row.
  std::map<std::int64_t, std::int64_t> vanished;

  // Completes what is said of an alert. The verdict of a row is told once, also where it is a
  // repeat that brought it about.
  void apply(Recorded& recorded);
};
Judgement read_judgement(const Answer& answer);

Severity severity_of(std::string_view word);
std::optional<KnownBy> known_by_of(std::string_view word);
std::optional<Reason> reason_of(std::string_view word);

}  // namespace certwatch::postgres
