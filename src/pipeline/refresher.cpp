#include "pipeline/refresher.h"

#include <algorithm>
#include <memory>

#include "base/backoff.h"

namespace certwatch {
namespace {

// Hard limit: an interval of 0 means "as often as is sensible".
constexpr Seconds shortest_interval{0.1};
constexpr Seconds longest_pause{30};
// Soft limit: invalid entries named in the log each time the list has changed.
constexpr std::size_t invalid_entries_named = 50;

// Names the first entries that cannot be watched, and counts the rest.
class InvalidEntries {
 public:
  void add(std::optional<std::string_view> fqdn) {
    if (++count_ > invalid_entries_named) return;
    log::warning("invalid watch entry skipped", {{"fqdn", fqdn.value_or("NULL")}});
  }
  void report() const {
    if (count_ == 0) return;
    log::warning("invalid watch entries are not watched", {{"invalid", count_}});
  }

 private:
  std::size_t count_ = 0;
};

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
  // The first time there is nothing to compare with, and feeds wait: one pass does.
  auto now_there = in_force_ ? digest() : rebuild(0);
  if (now_there && in_force_ && !(*now_there == *in_force_)) {
    now_there = rebuild(now_there->rows());
  }
  if (!now_there) {
    parts_.health.failed("refreshing the watch list; the last one stays in force",
                         now_there.error());
    parts_.board.failed(now_there.error().message);
    return false;
  }
  parts_.health.answered();
  in_force_ = *now_there;
  const SteadyTime now = parts_.clock.steady_now();
  const std::size_t entries = parts_.current.get()->size();
  const std::string alarm = health_.refreshed(entries, now);
  if (!alarm.empty()) log::error(alarm, {{"entries", entries}});
  parts_.metrics.watch_list_shrunk.Set(health_.has_shrunk(now) ? 1 : 0);
  parts_.metrics.watch_refreshed.Set(unix_seconds(parts_.clock.system_now()));
  parts_.board.refreshed(entries, health_.complaint(now), now);
  return true;
}

StoreResult<WatchListDigest> Refresher::digest() {
  WatchListDigest digest;
  const auto visited = parts_.source.visit([&](std::optional<std::string_view> fqdn) {
    digest.add(fqdn.value_or(std::string_view()));
    if (digest.rows() % 10'000 == 0) parts_.life.show();
  });
  if (!visited) return tl::unexpected(visited.error());
  return digest;
}

StoreResult<WatchListDigest> Refresher::rebuild(std::size_t expected) {
  WatchListDigest digest;
  WatchListBuilder builder(expected);
  InvalidEntries invalid;
  const auto visited = parts_.source.visit([&](std::optional<std::string_view> fqdn) {
    digest.add(fqdn.value_or(std::string_view()));
    if (digest.rows() % 10'000 == 0) parts_.life.show();
    if (!fqdn || builder.add(*fqdn) == WatchListBuilder::Added::invalid) invalid.add(fqdn);
  });
  if (!visited) return tl::unexpected(visited.error());
  invalid.report();
  auto list = std::make_shared<const WatchList>(std::move(builder).build());
  parts_.metrics.watch_entries.Set(static_cast<double>(list->size()));
  log::info("watch list loaded",
            {{"entries", list->size()}, {"bytes", list->memory_bytes()}, {"rows", digest.rows()}});
  parts_.current.replace(std::move(list));
  return digest;
}

}  // namespace certwatch
