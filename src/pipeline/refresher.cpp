#include "pipeline/refresher.h"

#include <algorithm>
#include <memory>

#include "base/backoff.h"

namespace certwatch {
namespace {

// Hard limit: an interval of 0 means "as often as is sensible".
constexpr Seconds shortest_interval{0.1};
constexpr Seconds longest_pause{30};
// Soft limit: invalid entries named in the log each time there are others.
constexpr std::size_t invalid_entries_named = 50;

}  // namespace

Refresher::Refresher(Seconds interval, Parts parts)
    : interval_(std::max(interval, shortest_interval)), parts_(std::move(parts)) {}

void Refresher::run(std::stop_token stop) {
  Backoff backoff({std::chrono::milliseconds(200), std::chrono::milliseconds(5000)}, 1);
  bool loaded = false;
  while (!stop.stop_requested()) {
    parts_.life.show();
    const bool refreshed = refresh();
    if (refreshed && !loaded) {
      loaded = true;
      parts_.first_list_loaded();
    }
    if (refreshed) backoff.reset();
    Seconds wait = refreshed ? interval_ : std::min<Seconds>(interval_, backoff.next());
    // In pieces, so that a long interval does not look like a dead thread.
    while (wait > Seconds{0} && !stop.stop_requested() &&
           !parts_.at_once.wait(to_nanoseconds(std::min(wait, longest_pause)), stop)) {
      wait -= longest_pause;
      parts_.life.show();
    }
  }
}

bool Refresher::refresh() {
  const auto reading = read();
  if (!reading) {
    parts_.health.failed("refreshing the watch list; the last one stays in force", reading.error());
    parts_.board.failed(reading.error().message);
    return false;
  }
  parts_.health.answered();
  if (*reading != told_) tell(*reading);
  told_ = *reading;
  const SteadyTime now = parts_.clock.steady_now();
  const std::size_t entries = reading->entries;
  parts_.metrics.watch_entries.Set(static_cast<double>(entries));
  const std::string alarm = health_.refreshed(entries, now);
  if (!alarm.empty()) log::error(alarm, {{"entries", entries}});
  parts_.metrics.watch_list_shrunk.Set(health_.has_shrunk(now) ? 1 : 0);
  parts_.metrics.watch_refreshed.Set(unix_seconds(parts_.clock.system_now()));
  parts_.board.refreshed(entries, health_.complaint(now), now);
  return true;
}

StoreResult<Refresher::Reading> Refresher::read() {
  Reading reading;
  WatchListBuilder builder(told_ ? told_->rows : 0);
  const auto visited = parts_.source.visit([&](std::optional<std::string_view> fqdn) {
    if (++reading.rows % 10'000 == 0) parts_.life.show();
    if (fqdn && builder.add(*fqdn) != WatchListBuilder::Added::invalid) return;
    if (++reading.invalid <= invalid_entries_named) {
      reading.named.emplace_back(fqdn.value_or("NULL"));
    }
  });
  if (!visited) return tl::unexpected(visited.error());
  auto list = std::make_shared<const WatchList>(std::move(builder).build());
  reading.entries = list->size();
  parts_.current.replace(std::move(list));
  return reading;
}

void Refresher::tell(const Reading& reading) {
  for (const std::string& fqdn : reading.named) {
    log::warning("invalid watch entry skipped", {{"fqdn", fqdn}});
  }
  if (reading.invalid > 0) {
    log::warning("invalid watch entries are not watched", {{"invalid", reading.invalid}});
  }
  log::info("watch list loaded", {{"entries", reading.entries},
                                  {"bytes", parts_.current.get()->memory_bytes()},
                                  {"rows", reading.rows}});
}

}  // namespace certwatch
