// Keeps house: deletes old alerts, and counts what is open.
#pragma once

#include <stop_token>

#include "base/life_sign.h"
#include "feed/log_positions.h"
#include "metrics/metrics.h"
#include "pipeline/store_health.h"
#include "record/alert_archive.h"
#include "record/delivery_queue.h"

namespace certwatch {

class Janitor {
 public:
  struct Options {
    Seconds cleanup_interval{3600};
    Seconds retention{2592000};
  };
  struct Parts {
    AlertArchive& archive;
    DeliveryQueue& queue;
    LogPositions& positions;
    Metrics& metrics;
    StoreHealth& health;
    log::Damper& damper;
    const Clock& clock;
    LifeSign& life;
  };
  Janitor(Options options, Parts parts);

  void run(std::stop_token stop);

 private:
  void clean_up(std::stop_token stop);
  void count();

  const Options options_;
  const Parts parts_;
};

// Moves the gaps that are old enough to be losses into the metrics, and tells of them in the log.
void count_missed_entries(LogPositions& positions, Metrics& metrics, log::Damper& damper,
                          SteadyTime now);

}  // namespace certwatch
