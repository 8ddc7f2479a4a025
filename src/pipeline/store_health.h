// Whether the database answers, as its callers find out, for /readyz, the metrics and the log.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "record/store_error.h"

namespace certwatch {

// Safe for use from any thread.
class StoreHealth {
 public:
  StoreHealth(Metrics& metrics, const Clock& clock)
      : metrics_(metrics), clock_(clock), damper_(clock), since_(clock.steady_now()) {}

  void answered();
  // `doing`: what was tried, for the log.
  void failed(const char* doing, const StoreError& error);

  // For work that has to be written and is tried again until it is. While one such work fails, the
  // database is not well, even if others get an answer: a full disk can still be read.
  void recorded(const char* doing);
  void failed_to_record(const char* doing, const StoreError& error);

  struct State {
    bool up = false;
    SteadyTime since;  // when `up` last changed
    std::optional<SteadyTime> last_success;
    std::string why;  // the last error while it is not up
  };
  State state() const;

 private:
  Metrics& metrics_;
  const Clock& clock_;
  log::Damper damper_;
  mutable std::mutex mutex_;
  bool up_ = false;
  std::set<std::string> unrecorded_;  // what has to be written and failed last
  SteadyTime since_;
  std::optional<SteadyTime> last_success_;
  std::string why_ = "not asked yet";
};

}  // namespace certwatch
