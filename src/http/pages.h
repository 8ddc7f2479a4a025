// The pages, made from facts. Forms: README, "Pages".
//
// Each page answers one question. /healthz: does the process work? /readyz: is everything there
// that it needs? /metrics: what has been going on?
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/page.h"

namespace prometheus {
class Collectable;
}

namespace certwatch {

struct HealthFacts {
  // What is broken about the process itself (LifeSigns::complaints); empty while all is well.
  std::string complaints;
  std::uint64_t watch_entries = 0;
  // Nothing before the first certificate.
  std::optional<SystemTime> last_ct_event;
};

// 200, or 503 where the process is broken.
Page health_page(const HealthFacts& facts);

// One thing that is needed. `why` is for a person, may be hostile, and holds no secret; empty while
// all is well.
struct Condition {
  bool ok = false;
  // Since when it has been as it is; nothing where it has never been tried.
  std::optional<SystemTime> since;
  // Age of the last success; nothing where there was none.
  std::optional<Seconds> last_success_age;
  std::string why;
};

struct FeedCondition {
  std::string feed;  // host and port
  Condition condition;
};

struct ReadinessFacts {
  Condition database;
  Condition watch_list;
  std::uint64_t watch_entries = 0;
  // Their last success is their last message.
  std::vector<FeedCondition> feeds;
};

// 200 where database, watch list and every feed are well, else 503.
Page readiness_page(const ReadinessFacts& facts);

// The text exposition format, version 0.0.4, of all sources in this order.
Page metrics_page(std::initializer_list<const prometheus::Collectable*> sources);

}  // namespace certwatch
