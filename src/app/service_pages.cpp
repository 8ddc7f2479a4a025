#include "app/service_pages.h"

#include "pipeline/janitor.h"

namespace certwatch {

std::map<std::string, PageMaker> ServicePages::makers() {
  return {{"/healthz", [this] { return health(); }},
          {"/readyz", [this] { return readiness(); }},
          {"/metrics", [this] { return metrics_text(); }}};
}

// When something that a steady clock timed happened, for people.
SystemTime ServicePages::wall_time(SteadyTime time) const {
  return parts_.clock.system_now() -
         std::chrono::duration_cast<SystemTime::duration>(parts_.clock.steady_now() - time);
}

std::optional<Seconds> ServicePages::age(std::optional<SteadyTime> time) const {
  if (!time) return std::nullopt;
  return parts_.clock.steady_now() - *time;
}

Page ServicePages::health() const {
  HealthFacts facts;
  facts.complaints = parts_.life_signs.complaints();
  facts.watch_entries = parts_.watch_board.state(parts_.clock.steady_now()).entries;
  facts.last_ct_event = parts_.last_certificate.time();
  return health_page(facts);
}

Page ServicePages::readiness() const {
  ReadinessFacts facts;
  const StoreHealth::State store = parts_.store_health.state();
  facts.database = {store.up, wall_time(store.since), age(store.last_success), store.why};
  const WatchBoard::State list = parts_.watch_board.state(parts_.clock.steady_now());
  facts.watch_list = {list.ok, wall_time(list.since), age(list.last_success), list.why};
  facts.watch_entries = list.entries;
  for (const FeedStatus& feed : parts_.feed_board.all()) {
    facts.feeds.push_back({feed.name,
                           {feed.connected && !feed.stalled, wall_time(feed.since),
                            age(feed.last_message), feed.why}});
  }
  // Those that wait for the first watch list are not on the board yet.
  for (std::size_t i = facts.feeds.size(); i < parts_.feeds.size(); ++i) {
    facts.feeds.push_back(
        {parts_.feeds[i].host_and_port(), {false, {}, {}, "waits for the first watch list"}});
  }
  return readiness_page(facts);
}

Page ServicePages::metrics_text() {
  count_missed_entries(parts_.positions, parts_.metrics, parts_.damper, parts_.clock.steady_now());
  parts_.metrics.match_queue_depth.Set(static_cast<double>(parts_.queue.size()));
  return metrics_page({&parts_.metrics.registry(), &process_metrics_});
}

}  // namespace certwatch
