// How a thread shows that it lives, and how others see that it does not.
//
// A running process must not hide a dead or stuck thread. So every thread of the service has a
// LifeSign, and shows it at least every `longest_silence`, or by the end of a longer wait that it
// has announced. /healthz reads them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certwatch {

inline constexpr std::chrono::seconds longest_silence{60};

// Shown by one thread, read by any.
class LifeSign {
 public:
  LifeSign(std::string name, const Clock& clock) : name_(std::move(name)), clock_(clock) { show(); }

  // "I live, and you will hear of me again within longest_silence + extra." `extra` is the bound of
  // a wait that begins now: a slow webhook is no dead thread.
  void show(Seconds extra = Seconds{0});
  // The thread's function has returned; `failure` is empty where it was asked to.
  void end(std::string failure);

  const std::string& name() const { return name_; }
  // Empty while all is well, else what is wrong.
  std::string complaint(SteadyTime now) const;

 private:
  const std::string name_;
  const Clock& clock_;
  std::atomic<SteadyTime::rep> due_{0};
  mutable std::mutex mutex_;
  std::string failure_;
};

// All of a process. Safe for use from any thread; a LifeSign lives as long as the registry.
class LifeSigns {
 public:
  explicit LifeSigns(const Clock& clock) : clock_(clock) {}

  LifeSign& add(std::string name);
  // One sentence per broken thread, empty while all are well.
  std::string complaints() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<LifeSign>> signs_;
};

}  // namespace certwatch
