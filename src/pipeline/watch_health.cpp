#include "pipeline/watch_health.h"

namespace certwatch {
namespace {

bool is_sudden(std::size_t before, std::size_t now) {
  return now * 2 < before;
}

std::string counted(std::size_t entries) {
  return std::to_string(entries) + (entries == 1 ? " entry" : " entries");
}

}  // namespace

std::string WatchHealth::refreshed(std::size_t entries, SteadyTime now) {
  const std::optional<std::size_t> former = entries_;
  entries_ = entries;
  if (former && entries > *former) shrunk_at_.reset();
  const bool has_shrunk_now = former && is_sudden(*former, entries);
  if (has_shrunk_now && !shrunk_at_) {
    before_ = *former;
    shrunk_at_ = now;
  }
  if (entries == 0 && former != std::optional<std::size_t>(0)) {
    return former
               ? "the watch list is empty now, and had " + counted(*former) + ": nothing is watched"
               : "the watch list is empty: nothing is watched";
  }
  if (!has_shrunk_now) return {};
  return "the watch list has shrunk from " + counted(*former) + " to " + counted(entries);
}

std::string WatchHealth::complaint(SteadyTime now) const {
  if (!entries_) return "not loaded yet";
  if (*entries_ == 0) return "empty";
  if (has_shrunk(now)) return "shrunk from " + counted(before_) + " to " + counted(*entries_);
  return {};
}

bool WatchHealth::has_shrunk(SteadyTime now) const {
  return shrunk_at_ && now - *shrunk_at_ < remark_for;
}

}  // namespace certwatch
