#include "base/life_sign.h"

namespace certwatch {

void LifeSign::show(Seconds extra) {
  const SteadyTime due = clock_.steady_now() + longest_silence + to_nanoseconds(extra);
  due_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
}

void LifeSign::end(std::string failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  due_.store(SteadyTime::max().time_since_epoch().count(), std::memory_order_relaxed);
}

std::string LifeSign::complaint(SteadyTime now) const {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return "thread " + name_ + " died: " + failure_;
  }
  if (now.time_since_epoch().count() > due_.load(std::memory_order_relaxed)) {
    return "thread " + name_ + " has shown no sign of life for over " +
           std::to_string(longest_silence.count()) + " s";
  }
  return {};
}

LifeSign& LifeSigns::add(std::string name) {
  const std::lock_guard lock(mutex_);
  return *signs_.emplace_back(std::make_unique<LifeSign>(std::move(name), clock_));
}

std::string LifeSigns::complaints() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& sign : signs_) {
    const std::string complaint = sign->complaint(clock_.steady_now());
    if (complaint.empty()) continue;
    if (!all.empty()) all += "; ";
    all += complaint;
  }
  return all;
}

}  // namespace certwatch
