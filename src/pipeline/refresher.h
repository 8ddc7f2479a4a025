// Keeps the watch list current.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/life_sign.h"
#include "base/nudge.h"
#include "match/watch_list.h"
#include "metrics/metrics.h"
#include "pipeline/current_watch_list.h"
#include "pipeline/store_health.h"
#include "pipeline/watch_board.h"
#include "pipeline/watch_health.h"
#include "record/watch_source.h"

namespace certwatch {

// Each refresh builds the list anew; the log tells of it where its counts or its invalid entries
// are others than before. A failed refresh keeps the last good list, and says so.
class Refresher {
 public:
  struct Parts {
    WatchSource& source;
    CurrentWatchList& current;
    WatchBoard& board;
    Metrics& metrics;
    StoreHealth& health;
    const Clock& clock;
    LifeSign& life;
    // The first list is in force: feeds may connect.
    std::function<void()> first_list_loaded;
    // Ends the pause between two refreshes.
    Nudge& at_once;
  };
  Refresher(Seconds interval, Parts parts);

  void run(std::stop_token stop);

 private:
  // What the log tells of a list.
  struct Reading {
    std::size_t rows = 0;
    std::size_t entries = 0;
    std::size_t invalid = 0;
    std::vector<std::string> named;  // the first of the invalid ones
    bool operator==(const Reading&) const = default;
  };

  bool refresh();
  // Puts the list in force.
  StoreResult<Reading> read();
  void tell(const Reading& reading);

  const Seconds interval_;
  const Parts parts_;
  WatchHealth health_;
  std::optional<Reading> told_;  // the last one
};

}  // namespace certwatch
