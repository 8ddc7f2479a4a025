// How the watch list stands, for /readyz.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace certwatch {

// Written by the refresher, read by any thread.
class WatchBoard {
 public:
  // A list older than three intervals, and at least a minute, is stale, whatever it holds.
  WatchBoard(Seconds refresh_interval, SteadyTime now);

  // `complaint`: what is wrong with the list now in force; empty: nothing.
  void refreshed(std::size_t entries, std::string complaint, SteadyTime now);
  // A refresh has failed. The last list stays in force, and it is well until it is stale.
  void failed(const std::string& why);

  struct State {
    bool ok = false;
    std::string why;
    SteadyTime since;  // when `ok` last changed
    std::optional<SteadyTime> last_success;
    std::size_t entries = 0;
  };
  State state(SteadyTime now) const;

 private:
  const Seconds stale_after_;
  mutable std::mutex mutex_;
  State state_;
};

}  // namespace certwatch
