// Keeps house: deletes old alerts, gives up old deliveries, announces destinations again, and
// counts what is open.
#pragma once

#include <stop_token>
#include <vector>

#include "base/life_sign.h"
#include "feed/log_positions.h"
#include "metrics/metrics.h"
#include "pipeline/store_health.h"
#include "record/alert_archive.h"
#include "record/delivery_store.h"

namespace certwatch {

class Janitor {
 public:
  struct Options {
    Seconds cleanup_interval{3600};
    Seconds retention{2592000};
    Seconds delivery_age{1296000};          // older deliveries are given up
    std::vector<Destination> destinations;  // whom this process tells
  };
  struct Parts {
    AlertArchive& archive;
    DeliveryStore& deliveries;
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
  void give_up_old();
  void count();

  const Options options_;
  const Parts parts_;
};

// Says to all replicas whom this process tells. Whichever process gives a verdict, the verdict
// makes a delivery for each destination in force. So a process announces its destinations before it
// records anything or gives a verdict, and then every minute (the janitor). A process without
// destinations announces nothing. False: the database did not take it.
bool announce(const std::vector<Destination>& destinations, DeliveryStore& deliveries,
              StoreHealth& health);

// Moves the gaps that are old enough to be losses into the metrics, and tells of them in the log.
void count_missed_entries(LogPositions& positions, Metrics& metrics, log::Damper& damper,
                          SteadyTime now);

}  // namespace certwatch
