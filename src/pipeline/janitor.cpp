#include "pipeline/janitor.h"

#include <algorithm>

#include "base/pause.h"

namespace certwatch {
namespace {

constexpr std::chrono::seconds count_interval{1};
// Hard limit: a clean-up interval of 0 means "as often as is sensible".
constexpr Seconds shortest_interval{0.1};
// Soft limit: rows deleted in one statement, so that no lock is held for long.
constexpr std::size_t pruned_at_once = 5000;

}  // namespace

Janitor::Janitor(Options options, Parts parts)
    : options_{std::max(options.cleanup_interval, shortest_interval), options.retention},
      parts_(std::move(parts)) {}

void Janitor::run(std::stop_token stop) {
  SteadyTime next_cleanup = parts_.clock.steady_now();
  SteadyTime next_count = next_cleanup;
  while (!stop.stop_requested()) {
    parts_.life.show();
    const SteadyTime now = parts_.clock.steady_now();
    if (now >= next_cleanup) {
      next_cleanup = now + to_nanoseconds(options_.cleanup_interval);
      clean_up(stop);
    }
    if (now >= next_count) {
      next_count = now + count_interval;
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

void Janitor::count() {
  count_missed_entries(parts_.positions, parts_.metrics, parts_.damper, parts_.clock.steady_now());
  const auto counts = parts_.queue.counts();
  if (!counts) {
    parts_.health.failed("counting open alerts", counts.error());
    return;
  }
  parts_.health.answered();
  parts_.metrics.alerts_pending.Set(static_cast<double>(counts->pending));
  parts_.metrics.verdicts_overdue.Set(static_cast<double>(counts->overdue_verdicts));
  parts_.metrics.deliveries_due.Set(static_cast<double>(counts->due));
  parts_.metrics.oldest_delivery_age.Set(counts->oldest_due.value_or(Seconds{0}).count());
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
