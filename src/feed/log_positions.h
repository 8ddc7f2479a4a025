// Notices entries of a log that did not come, by the jumps of cert_index.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace certwatch {

// What an index turned out to be.
enum class Arrival {
  first,         // the first of its log; the log is followed from here
  in_order,      // the index that was expected
  ahead,         // beyond the expected one; the indexes between are missing for now
  late,          // an index that had been missing
  repeated,      // seen before, or missing for so long that it has been counted
  implausible,   // too far from the last one to belong to the same numbering; not followed
  restarted,     // the second implausible one; the log is followed from here
  not_followed,  // there are too many logs, or the name of this one is too long
};

// For one log (known by source.url) the cert_index of successive messages rises by one. A jump
// opens a gap. An index that comes late, from whichever feed, fills it again. What is still open
// `settle_time` later counts as missed. Repeated indexes mean nothing.
//
// It cannot see entries before the first index of a log or after the last one. If a log starts anew
// at an index that is less than `implausible_jump` below, it sees nothing until the log is past its
// old end.
//
// Safe for use from any thread. seen() is called for every message: it takes some tens of
// nanoseconds and allocates only for a log or a gap that is new.
class LogPositions {
 public:
  static constexpr std::chrono::seconds settle_time{2};
  // Hard limits. Further logs are not followed. If a log has more gaps, the oldest settle at once.
  static constexpr std::size_t most_logs = 1024;
  static constexpr std::size_t most_gaps = 4096;
  static constexpr std::size_t longest_log_name = 2000;
  // A jump this far, either way, is not a loss, but another numbering or a lie. It is never
  // counted. The log is followed from there only if a second index is near.
  static constexpr std::uint64_t implausible_jump = 100'000'000;

  Arrival seen(std::string_view log, std::uint64_t index, SteadyTime now);

  // Calls `visitor` for each log that has missed entries since the last call.
  using Visitor = std::function<void(std::string_view log, std::uint64_t missed)>;
  void settle(SteadyTime now, const Visitor& visitor);

 private:
  struct Gap {
    std::uint64_t first;
    std::uint64_t last;
    SteadyTime noticed;
  };
  struct Log {
    std::uint64_t highest = 0;  // of all indexes seen; any number may be one, the largest too
    std::vector<Gap> gaps;      // in order of index, and so of time
    std::uint64_t missed = 0;
    std::optional<std::uint64_t> implausible;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  Arrival begin(std::string_view name, std::uint64_t index);
  static Arrival restart(Log& log, std::uint64_t index, SteadyTime now);
  static void advance(Log& log, std::uint64_t index, SteadyTime now);
  static Arrival fill(Log& log, std::uint64_t index);
  static void settle_first(Log& log, std::size_t count);

  std::mutex mutex_;
  std::unordered_map<std::string, Log, Hash, std::equal_to<>> logs_;
};

}  // namespace certwatch
