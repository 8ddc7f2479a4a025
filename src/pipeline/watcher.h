// What a reader thread does with each message: skim, match, and hand over the few that hit.
//
// Never blocks and, for a message that hits nothing, never allocates. A match that finds the queue
// full is lost, counted and logged: beside kill -9 before the commit the only loss there is.
#pragma once

#include "base/log.h"
#include "base/queue.h"
#include "decode/certstream_json.h"
#include "feed/feed.h"
#include "feed/log_positions.h"
#include "metrics/metrics.h"
#include "model/sighting.h"
#include "pipeline/current_watch_list.h"
#include "pipeline/last_certificate.h"

namespace certwatch {

// The bounds of what waits between reader and judge while the database is away.
inline constexpr QueueBounds match_queue_bounds{50'000, 256U << 20};

using MatchQueue = BoundedQueue<Match>;

// One per reader thread.
class Watcher final : public MessageSink {
 public:
  struct Shared {
    const CurrentWatchList& watch_list;
    MatchQueue& queue;
    LogPositions& positions;
    Metrics& metrics;
    log::Damper& damper;
    LastCertificate& last_certificate;
  };
  explicit Watcher(const Shared& shared) : shared_(shared), watch_list_(shared.watch_list) {}

  void take(const Message& message) override;

 private:
  void look_at(const Message& message, const Skimmed& skimmed);
  void follow(const Skimmed& skimmed, const Message& message);
  void hand_over(const Message& message, const WatchList& list);
  void report(Undecodable reason, const Message& message);

  const Shared shared_;
  WatchListHold watch_list_;
  CertstreamDecoder decoder_;
};

}  // namespace certwatch
