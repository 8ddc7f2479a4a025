// Is the watch list to be trusted? Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"

namespace certwatch {

// If a list becomes empty, or loses more than half of its entries from one refresh to the next, it
// is applied all the same, because upstream decides. But it is said loudly, because nobody is
// warned of certificates for what is not watched any more. Belongs to one thread.
class WatchHealth {
 public:
  // A shrunken list is remarked on for this long, unless it grows again. Then its size is normal.
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
