// Port: where the watch list comes from (public.intent_current).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/store_error.h"

namespace certwatch {

// Called with each row's fqdn as it stands; nullopt for NULL. The view is valid during the call.
using EntryVisitor = std::function<void(std::optional<std::string_view>)>;

// Threads: one instance belongs to one thread. The rows are streamed: memory does not grow with the
// list. No wait for the next row takes longer than 30 s.
class WatchSource {
 public:
  virtual ~WatchSource() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Visits every row once, in no order. After an error, the visits made mean nothing.
  virtual StoreResult<void> visit(const EntryVisitor& visitor) = 0;
};

}  // namespace certwatch
