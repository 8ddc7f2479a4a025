// Port: what operators do with alerts on record: clean up, list, deliver again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "record/store_error.h"

namespace certwatch {

struct AlertFilter {
  // Recorded at or after this Unix time.
  std::optional<std::int64_t> since;
  std::optional<Severity> severity;
  // Rows with a greater id, to follow.
  std::int64_t after_row = 0;
  std::size_t most = 1000;
};

// A row as a person reads it.
struct AlertRow {
  std::int64_t row = 0;
  std::string event_id;  // empty for rows of the Python service
  std::string fingerprint;
  std::string matched;  // JSON array
  std::string issuer;
  std::string severity;
  std::string known_by;
  std::string reason;
  std::int64_t seen_at = 0;
  std::int64_t recorded_at = 0;  // Unix seconds; seen_at where the row has none
  bool delivered = false;
  bool resolved = false;
};

// Threads: one instance belongs to one thread. No call takes longer than 30 s.
class AlertArchive {
 public:
  virtual ~AlertArchive() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Deletes rows older than `retention` (by recorded_at, else seen_at) that are neither pending nor
  // still due, up to `most` at once. Returns how many.
  virtual StoreResult<std::size_t> prune(Seconds retention, std::size_t most) = 0;

  // In order of id.
  virtual StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) = 0;

  // Makes settled alerts due again, from their first attempt, with the same event id. False where
  // there is no such row, or it has no payload (Python service) or no verdict yet.
  virtual StoreResult<bool> requeue(std::int64_t row) = 0;
};

}  // namespace certwatch
