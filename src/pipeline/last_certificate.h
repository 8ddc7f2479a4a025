// When the last certificate came, for /healthz.
#pragma once

#include <atomic>
#include <optional>

#include "base/clock.h"

namespace certwatch {

// Safe for use from any thread.
class LastCertificate {
 public:
  void came(SystemTime now) { at_.store(now, std::memory_order_relaxed); }
  // Nothing before the first.
  std::optional<SystemTime> time() const {
    const SystemTime at = at_.load(std::memory_order_relaxed);
    return at == SystemTime() ? std::nullopt : std::optional(at);
  }

 private:
  std::atomic<SystemTime> at_{SystemTime()};
};

}  // namespace certwatch
