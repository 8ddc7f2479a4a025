// A bounded queue from several producers to one consumer that takes what there is at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <limits>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace certwatch {

struct QueueBounds {
  std::size_t items;
  // Sum of the weights given to push(), in bytes.
  std::size_t bytes;
};

// Safe for use from any thread. push() never waits: a producer that may not block learns at once
// that the bound is reached.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(QueueBounds bounds) : bounds_(bounds) {}

  // False, and `item` is untouched, if a bound would be passed. An item that is over the bound of
  // bytes by itself is taken if nothing else waits.
  [[nodiscard]] bool push(T&& item, std::size_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      const bool is_full =
          items_.size() >= bounds_.items ||
          (!items_.empty() && bytes > bounds_.bytes - std::min(bytes_, bounds_.bytes));
      if (is_full) return false;
      items_.emplace_back(std::move(item), bytes);
      bytes_ += bytes;
    }
    changed_.notify_one();
    return true;
  }

  // Waits until there is something, the time is over or a stop is asked for; then moves out up to
  // `most` items of up to `most_bytes` together, oldest first. The first one is taken whatever it
  // weighs. Empty after a time-out.
  std::vector<T> take(std::size_t most, std::chrono::nanoseconds patience, std::stop_token stop,
                      std::size_t most_bytes = std::numeric_limits<std::size_t>::max()) {
    // A deadline must stay within what the clock can hold.
    constexpr std::chrono::nanoseconds longest = std::chrono::hours(24 * 365);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::min(patience, longest), [this] { return !items_.empty(); });
    std::vector<T> taken;
    std::size_t left = most_bytes;
    while (!items_.empty() && taken.size() < most) {
      const std::size_t bytes = items_.front().second;
      if (!taken.empty() && bytes > left) break;
      left -= std::min(left, bytes);
      bytes_ -= bytes;
      taken.push_back(std::move(items_.front().first));
      items_.pop_front();
    }
    return taken;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  std::size_t capacity() const { return bounds_.items; }

 private:
  const QueueBounds bounds_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t bytes_ = 0;
};

}  // namespace certwatch
