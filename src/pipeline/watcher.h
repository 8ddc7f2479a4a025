// What a reader thread does with each entry: it asks the watch list for the names, and hands over
// the few entries that hit.
//
// It never blocks. For an entry that hits nothing it does not allocate. A match is lost, counted
// and logged if it cannot be read or if the queue is full.
#pragma once

#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/queue.h"
#include "feed/entry.h"
#include "match/watch_list.h"
#include "metrics/metrics.h"
#include "model/sighting.h"
#include "pipeline/current_watch_list.h"
#include "pipeline/last_certificate.h"

namespace certwatch {

// The bounds of what waits between reader and recorder while the database is away.
inline constexpr QueueBounds match_queue_bounds{50'000, 256U << 20};

using MatchQueue = BoundedQueue<Match>;

// What a match occupies while it waits, near enough to bound memory by.
std::size_t weight(const Match& match);

// One per reader thread.
class Watcher final : public EntrySink {
 public:
  struct Shared {
    const CurrentWatchList& watch_list;
    MatchQueue& queue;
    Metrics& metrics;
    log::Damper& damper;
    LastCertificate& last_certificate;
  };
  explicit Watcher(const Shared& shared) : shared_(shared), watch_list_(shared.watch_list) {}

  void take(Entry& entry) override;

 private:
  void look_into_der(const WatchList& list, Match& match, Hits& hits) const;
  void hand_over(Match match) const;

  const Shared shared_;
  WatchListHold watch_list_;
};

}  // namespace certwatch
