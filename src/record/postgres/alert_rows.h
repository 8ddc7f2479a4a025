// Rows of public.alerts as the statements of alert_sql.h return them.
#pragma once

#include <vector>

#include "model/alert.h"
#include "record/batch.h"
#include "record/postgres/answer.h"

namespace certwatch::postgres {

// Of find_rows.
std::vector<RowOnRecord> read_rows(const Answer& answer);

// Columns id, event_id, severity, known_by, reason, matched, from `first_column` on.
Verdict read_verdict(const Answer& answer, int row);

// Adds an answer of judge() or take_serial.
void read_judgement(const Answer& answer, BatchJudgement& judgement);

}  // namespace certwatch::postgres
