// Rows of alerts: how they are found, read and written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "record/batch.h"
#include "record/inventory_match.h"
#include "record/sqlite/database.h"
#include "record/sqlite/inventory_lookup.h"

namespace certwatch::sqlite {

// A row that waits for a verdict, or may still be confirmed or resolved.
struct OpenRow {
  Severity severity = Severity::pending;
  RowToJudge standing;
  std::optional<std::int64_t> confirms;
  Wanted wanted;
};

// Within the calls and transactions of `database`, which outlives it.
class AlertRows {
 public:
  explicit AlertRows(Database& database) : db_(database) {}

  // Those that share an identity or the event id with one of `alerts`.
  std::vector<RowOnRecord> find(std::span<const NewAlert> alerts);
  bool is_conflict(std::int64_t row);
  std::optional<OpenRow> read_open(std::int64_t row, Seconds now);
  Verdict read_verdict(std::int64_t row);

  std::int64_t insert(const NewAlert& alert, const NewRow& row, Seconds now, Seconds grace);
  void amend(const Amendment& added);
  void write_verdict(std::int64_t row, const Ruling& ruling, Seconds now, bool is_due);
  // What is ours by serial is so by more now.
  void confirm(std::int64_t row);
  // The certificate to a provisional row is ours: it is no alert, and the row is certain.
  void vanish(std::int64_t row, const OpenRow& certificate);
  // The row is ours for certain: what it takes from others that have its serial, and their new
  // verdicts. `deliver`: makes these due.
  std::vector<Verdict> take_serial(std::int64_t row, Seconds now, bool deliver);
  // False where it is resolved already, or has lost the serial that it is known by. What is still
  // under way itself is followed by its resolution when it has arrived; what was never sent needs
  // none.
  bool resolve(std::int64_t row, KnownBy known_by, Seconds now, bool deliver);

 private:
  std::optional<RowOnRecord> read(std::int64_t row);
  std::vector<std::string> fingerprints_of(std::int64_t row);
  void add_fingerprints(std::int64_t row, const std::vector<std::string>& fingerprints);
  std::vector<std::pair<std::int64_t, Loss>> losses_to(std::int64_t row);
  void overturn(std::int64_t row, Seconds now, bool deliver);

  Database& db_;
};

}  // namespace certwatch::sqlite
