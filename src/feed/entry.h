// What a feed hands over for one certificate.
#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/sighting.h"

namespace certwatch {

// Lives during the call that hands it over.
class Entry {
 public:
  virtual ~Entry() = default;

  // The names that decide whether the entry is looked at, in order, with repeats. The call costs
  // nothing. The views are valid until read() is called.
  virtual std::span<const std::string_view> names() const = 0;
  virtual SystemTime received_at() const = 0;
  // Reads everything. To be called only for an entry that matches. Fails if the rest of the entry
  // cannot be understood; the feed has counted and logged why. Then the match is lost.
  virtual Result<Sighting> read() = 0;
};

// Takes entries on the feed's thread. Must not block.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  virtual void take(Entry& entry) = 0;
};

}  // namespace certwatch
