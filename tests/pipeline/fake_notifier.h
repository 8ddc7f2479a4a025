// A receiver that does as it is told, and notifiers that tell it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "notify/notifier.h"

namespace certwatch {

// Takes everything until a test says otherwise. Safe for use from any thread.
class FakeReceiver {
 public:
  // The outcomes of the next attempts, in the order they begin.
  void answer(std::vector<NotifyOutcome> outcomes) {
    const std::lock_guard lock(mutex_);
    outcomes_.insert(outcomes_.end(), outcomes.begin(), outcomes.end());
  }
  // The next attempt throws.
  void break_down(std::string why) {
    const std::lock_guard lock(mutex_);
    breakdown_ = std::move(why);
  }
  // From now on an attempt waits until it is released or cancelled.
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    holds_ = false;
    changed_.notify_all();
  }

  // Waits until so many attempts are under way; false: not within a minute.
  bool wait_for_attempts_under_way(std::size_t number) {
    return wait([this, number] { return under_way_ == number; });
  }
  bool wait_for_attempts(std::size_t number) {
    return wait([this, number] { return told_.size() >= number; });
  }

  std::size_t most_at_once() const {
    const std::lock_guard lock(mutex_);
    return most_at_once_;
  }
  std::size_t attempts() const {
    const std::lock_guard lock(mutex_);
    return told_.size();
  }
  std::size_t attempts_of(const std::string& event_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = attempts_.find(event_id);
    return found == attempts_.end() ? 0 : found->second;
  }
  // What each attempt told.
  std::vector<Delivery> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  friend class FakeNotifier;

  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), condition);
  }

  NotifyOutcome take(const Delivery& delivery, const bool& cancelled) {
    std::unique_lock lock(mutex_);
    if (!breakdown_.empty()) throw std::runtime_error(std::exchange(breakdown_, {}));
    ++attempts_[delivery.event_id];
    told_.push_back(delivery);
    most_at_once_ = std::max(most_at_once_, ++under_way_);
    NotifyOutcome outcome = Delivered{200};
    if (!outcomes_.empty()) {
      outcome = outcomes_.front();
      outcomes_.pop_front();
    }
    changed_.notify_all();
    changed_.wait(lock, [&] { return !holds_ || cancelled; });
    --under_way_;
    changed_.notify_all();
    return cancelled ? RetryLater{"cancelled", {}} : outcome;
  }

  void cancel(bool& cancelled) {
    const std::lock_guard lock(mutex_);
    cancelled = true;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<NotifyOutcome> outcomes_;
  std::map<std::string, std::size_t> attempts_;
  std::vector<Delivery> told_;
  std::string breakdown_;
  std::size_t under_way_ = 0;
  std::size_t most_at_once_ = 0;
  bool holds_ = false;
};

class FakeNotifier final : public Notifier {
 public:
  explicit FakeNotifier(FakeReceiver& receiver) : receiver_(receiver) {}

  NotifyOutcome tell(const Delivery& delivery) override {
    return receiver_.take(delivery, cancelled_);
  }
  void cancel() override { receiver_.cancel(cancelled_); }

 private:
  FakeReceiver& receiver_;
  bool cancelled_ = false;  // under the receiver's lock
};

inline std::vector<std::unique_ptr<Notifier>> notifiers_to(FakeReceiver& receiver,
                                                           std::size_t number) {
  std::vector<std::unique_ptr<Notifier>> all;
  for (std::size_t i = 0; i < number; ++i) all.push_back(std::make_unique<FakeNotifier>(receiver));
  return all;
}

}  // namespace certwatch
