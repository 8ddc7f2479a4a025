#include "pipeline/janitor.h"

#include <algorithm>

#include "base/pause.h"
#include "pipeline/alert_log.h"

namespace certwatch {
namespace {

constexpr std::chrono::seconds count_interval{1};
constexpr std::chrono::seconds announcement_interval{60};
// Hard limit: a clean-up interval of 0 means "as often as is sensible".
constexpr Seconds shortest_interval{0.1};
// Soft limit: rows deleted in one statement, so that no lock is held for long.
constexpr std::size_t pruned_at_once = 5000;

}  // namespace

Janitor::Janitor(Options options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

void Janitor::run(std::stop_token stop) {
  SteadyTime next_cleanup = parts_.clock.steady_now();
  SteadyTime next_count = next_cleanup;
  SteadyTime next_announcement = next_cleanup + announcement_interval;
  while (!stop.stop_requested()) {
    parts_.life.show();
    const SteadyTime now = parts_.clock.steady_now();
    if (now >= next_cleanup) {
      next_cleanup = now + to_nanoseconds(std::max(options_.cleanup_interval, shortest_interval));
      clean_up(stop);
    }
    if (now >= next_count) {
      next_count = now + count_interval;
      if (now >= next_announcement &&
          announce(options_.destinations, parts_.deliveries, parts_.health)) {
        next_announcement = now + announcement_interval;
      }
      give_up_old();
      count();
    }
    pause(std::min(next_cleanup, next_count) - parts_.clock.steady_now(), stop);
  }
}

void Janitor::clean_up(std::stop_token stop) {
  std::size_t deleted = 0;
  for (std::size_t batch = pruned_at_once; batch == pruned_at_once && !stop.stop_requested();) {
    parts_.life.show();
    const auto pruned = parts_.archive.prune(options_.retention, pruned_at_once);
    if (!pruned) {
      parts_.health.failed("cleaning up alerts", pruned.error());
      return;
    }
    batch = *pruned;
    deleted += batch;
  }
  if (deleted > 0) log::info("old alerts deleted", {{"alerts", deleted}});
}

void Janitor::give_up_old() {
  parts_.life.show();
  const auto given_up = parts_.deliveries.give_up_older_than(options_.delivery_age);
  if (!given_up) return parts_.health.failed("giving up old deliveries", given_up.error());
  for (const Delivery& delivery : *given_up) note_given_up(delivery, "too old", parts_.metrics);
}

void Janitor::count() {
  parts_.life.show();
  count_missed_entries(parts_.positions, parts_.metrics, parts_.damper, parts_.clock.steady_now());
  const auto counts = parts_.deliveries.counts();
  if (!counts) {
    parts_.health.failed("counting open alerts", counts.error());
    return;
  }
  parts_.health.answered();
  parts_.metrics.alerts_pending.Set(static_cast<double>(counts->pending));
  parts_.metrics.verdicts_overdue.Set(static_cast<double>(counts->overdue_verdicts));
  OpenCounts::Due all;
  for (const auto& [destination, due] : counts->due) {
    all.deliveries += due.deliveries;
    all.oldest = std::max(all.oldest, due.oldest);
  }
  parts_.metrics.deliveries_due.Set(static_cast<double>(all.deliveries));
  parts_.metrics.oldest_delivery_age.Set(all.oldest.count());
}

bool announce(const std::vector<Destination>& destinations, DeliveryStore& deliveries,
              StoreHealth& health) {
  if (destinations.empty()) return true;
  const auto announced = deliveries.announce(destinations);
  if (!announced) health.failed("announcing destinations", announced.error());
  return announced.has_value();
}

void count_missed_entries(LogPositions& positions, Metrics& metrics, log::Damper& damper,
                          SteadyTime now) {
  positions.settle(now, [&](std::string_view log, std::uint64_t missed) {
    metrics.missed_entries(log).Increment(static_cast<double>(missed));
    if (const auto ruling = damper.rule("missed entries"); ruling.pass) {
      log::warning("entries of a log were not received",
                   {{"log", log}, {"entries", missed}, {"more_like_it", ruling.held_back}});
    }
  });
}

}  // namespace certwatch
