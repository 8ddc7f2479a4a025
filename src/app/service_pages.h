// What the service tells of itself over HTTP.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/life_sign.h"
#include "feed/feed_status.h"
#include "feed/log_positions.h"
#include "http/pages.h"
#include "http/site.h"
#include "metrics/metrics.h"
#include "metrics/process_metrics.h"
#include "net/url.h"
#include "pipeline/last_certificate.h"
#include "pipeline/store_health.h"
#include "pipeline/watch_board.h"
#include "pipeline/watcher.h"

namespace certwatch {

// Safe for use from any thread; waits for nothing.
class ServicePages {
 public:
  struct Parts {
    const std::vector<Url>& feeds;
    const Clock& clock;
    const LifeSigns& life_signs;
    const StoreHealth& store_health;
    const WatchBoard& watch_board;
    const FeedStatusBoard& feed_board;
    const LastCertificate& last_certificate;
    const MatchQueue& queue;
    LogPositions& positions;
    Metrics& metrics;
    log::Damper& damper;
  };
  explicit ServicePages(const Parts& parts) : parts_(parts) {}

  // By path. They use this object.
  std::map<std::string, PageMaker> makers();

 private:
  SystemTime wall_time(SteadyTime time) const;
  std::optional<Seconds> age(std::optional<SteadyTime> time) const;
  Page health() const;
  Page readiness() const;
  Page metrics_text();

  const Parts parts_;
  ProcessMetrics process_metrics_;
};

}  // namespace certwatch
