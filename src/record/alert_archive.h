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
  // Rows with a greater id, to read on.
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
  std::string kind;
  std::string importance;
  std::int64_t seen_at = 0;
  std::int64_t recorded_at = 0;  // Unix seconds; seen_at where the row has none
  double changed_at = 0;         // Unix seconds: when it was last judged or resolved; 0: not yet
  bool delivered = false;        // by the webhook
  bool resolved = false;
};

// Threads: one instance belongs to one thread. No call takes longer than 30 s.
class AlertArchive {
 public:
  virtual ~AlertArchive() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Deletes rows older than `retention` (by recorded_at, else seen_at), with their deliveries, up
  // to `most` at once: never what is pending, and nothing that still has a delivery due. Returns
  // how many.
  virtual StoreResult<std::size_t> prune(Seconds retention, std::size_t most) = 0;

  // In order of id. Writes nothing.
  virtual StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) = 0;

  // Up to `most` rows that were judged or resolved at or after this Unix time, in order of
  // changed_at. A verdict that is being committed may turn up later with an earlier changed_at, by
  // up to the 30 s that a call lasts. So whoever follows has to ask again that far back. Writes
  // nothing.
  virtual StoreResult<std::vector<AlertRow>> judged_since(double changed_at, std::size_t most) = 0;

  // Makes an alert due again, from its first attempt on and with the same event id. If it has a
  // resolution, that follows. This happens at each destination that has a delivery of the alert, or
  // only at the one that is named, even if that one had no delivery. False if there is no such row,
  // or if the row has no event (Python service), no verdict yet, or no such delivery.
  virtual StoreResult<bool> requeue(std::int64_t row,
                                    const std::optional<std::string>& destination) = 0;
};

}  // namespace certwatch
