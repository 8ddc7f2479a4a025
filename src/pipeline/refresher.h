// Keeps the watch list current.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

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

// A failed refresh keeps the last good list, and says so. A list that has not changed is not built
// again.
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
  bool refresh();
  StoreResult<WatchListDigest> digest();
  StoreResult<WatchListDigest> rebuild(std::size_t expected);

  const Seconds interval_;
  const Parts parts_;
  WatchHealth health_;
  std::optional<WatchListDigest> in_force_;
};

}  // namespace certwatch
