// Rows of alerts: how they are read and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/issuance_row.h"
#include "record/sqlite/database.h"

namespace certwatch::sqlite {

// All of these are steps of a call of `database`.

// Nothing where there is no such row.
std::optional<IssuanceRow> read_issuance(Database& database, std::int64_t number);

// Writes `row` over the row of that number, which is on record. The content stays. Rows that `row`
// names are on record, too.
void write_issuance(Database& database, const IssuanceRow& row);

// The texts of a JSON array; none where it is something else, or nothing.
std::vector<std::string> read_texts(Database& database, const std::string& json);

}  // namespace certwatch::sqlite
