#include "pipeline/watch_board.h"

#include <algorithm>

namespace certwatch {
namespace {

constexpr int stale_after_intervals = 3;
constexpr Seconds stale_at_least{60};

}  // namespace

WatchBoard::WatchBoard(Seconds refresh_interval, SteadyTime now)
    : stale_after_(std::max(refresh_interval * stale_after_intervals, stale_at_least)) {
  state_.why = "not loaded yet";
  state_.since = now;
}

void WatchBoard::refreshed(std::size_t entries, std::string complaint, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const bool ok = complaint.empty();
  if (ok != state_.ok) state_.since = now;
  state_.ok = ok;
  state_.why = std::move(complaint);
  state_.last_success = now;
  state_.entries = entries;
}

void WatchBoard::failed(const std::string& why) {
  const std::lock_guard lock(mutex_);
  state_.why = "the last refresh failed: " + why;
}

WatchBoard::State WatchBoard::state(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  State state = state_;
  if (state.ok && now - *state.last_success > to_nanoseconds(stale_after_)) {
    state.ok = false;
    state.since = *state.last_success + to_nanoseconds(stale_after_);
    if (state.why.empty()) state.why = "not refreshed for too long";
  }
  return state;
}

}  // namespace certwatch
