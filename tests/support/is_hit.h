// Whether a name hits anything, for tests that do not ask what.
#pragma once

#include "match/watch_list.h"

namespace certwatch {

inline bool is_hit(const WatchList& list, std::string_view name) {
  Hits hits;
  return list.find(name, hits);
}

}  // namespace certwatch
