#include "feed/log_positions.h"

#include <algorithm>
#include <utility>

namespace certwatch {

Arrival LogPositions::seen(std::string_view name, std::uint64_t index, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(name);
  if (found == logs_.end()) return begin(name, index);
  Log& log = found->second;
  const bool is_ahead = index > log.highest;
  const std::uint64_t distance = is_ahead ? index - log.highest : log.highest - index;
  if (distance > implausible_jump) return restart(log, index, now);
  if (!is_ahead) return fill(log, index);
  advance(log, index, now);
  return distance == 1 ? Arrival::in_order : Arrival::ahead;
}

Arrival LogPositions::begin(std::string_view name, std::uint64_t index) {
  if (logs_.size() >= most_logs || name.size() > longest_log_name) return Arrival::not_followed;
  logs_[std::string(name)].highest = index;
  return Arrival::first;
}

Arrival LogPositions::restart(Log& log, std::uint64_t index, SteadyTime now) {
  const auto candidate = std::exchange(log.implausible, index);
  const bool is_confirmed =
      candidate && index > *candidate && index - *candidate <= implausible_jump;
  if (!is_confirmed) return Arrival::implausible;
  settle_first(log, log.gaps.size());
  log.highest = *candidate;
  log.implausible.reset();
  advance(log, index, now);
  return Arrival::restarted;
}

// What lies between becomes a gap.
void LogPositions::advance(Log& log, std::uint64_t index, SteadyTime now) {
  if (index - log.highest > 1) log.gaps.push_back({log.highest + 1, index - 1, now});
  log.highest = index;
  if (log.gaps.size() > most_gaps) settle_first(log, 1);
}

Arrival LogPositions::fill(Log& log, std::uint64_t index) {
  const auto gap = std::lower_bound(log.gaps.begin(), log.gaps.end(), index,
                                    [](const Gap& one, std::uint64_t i) { return one.last < i; });
  if (gap == log.gaps.end() || gap->first > index) return Arrival::repeated;
  if (gap->first == gap->last) {
    log.gaps.erase(gap);
  } else if (index == gap->first) {
    ++gap->first;
  } else if (index == gap->last) {
    --gap->last;
  } else {
    const Gap before{gap->first, index - 1, gap->noticed};
    gap->first = index + 1;
    log.gaps.insert(gap, before);
    if (log.gaps.size() > most_gaps) settle_first(log, 1);
  }
  return Arrival::late;
}

void LogPositions::settle_first(Log& log, std::size_t count) {
  const auto end = log.gaps.begin() + static_cast<std::ptrdiff_t>(count);
  for (auto gap = log.gaps.begin(); gap != end; ++gap) log.missed += gap->last - gap->first + 1;
  log.gaps.erase(log.gaps.begin(), end);
}

void LogPositions::settle(SteadyTime now, const Visitor& visitor) {
  std::vector<std::pair<std::string, std::uint64_t>> missed;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, log] : logs_) {
      const auto open = std::find_if(log.gaps.begin(), log.gaps.end(), [now](const Gap& gap) {
        return now - gap.noticed < settle_time;
      });
      settle_first(log, static_cast<std::size_t>(open - log.gaps.begin()));
      if (log.missed > 0) missed.emplace_back(name, std::exchange(log.missed, 0));
    }
  }
  // Outside of the lock: the visitor may take its time, the readers must not.
  for (const auto& [name, entries] : missed) visitor(name, entries);
}

}  // namespace certwatch
