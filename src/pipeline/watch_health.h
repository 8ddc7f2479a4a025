// Is the watch list to be trusted? Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"

namespace certwatch {

// A list that empties or loses more than half of its entries from one refresh to the next is
// applied all the same (upstream decides), but said: whoever is not watched any more is not warned
// either. Belongs to one thread.
class WatchHealth {
 public:
  // How long a shrunken list is remarked on, unless it grows again before, until its size is taken
  // for the new normal.
  static constexpr std::chrono::hours remark_for{1};

  // A refresh brought this many entries. Returns what is to be said loudly, once; empty: nothing.
  std::string refreshed(std::size_t entries, SteadyTime now);

  // What is wrong with the list in force; empty: nothing.
  std::string complaint(SteadyTime now) const;
  bool has_shrunk(SteadyTime now) const;

 private:
  std::optional<std::size_t> entries_;
  std::size_t before_ = 0;  // the size before it shrank
  std::optional<SteadyTime> shrunk_at_;
};

}  // namespace certwatch
