// The watch list in force, swapped in whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "match/watch_list.h"

namespace certwatch {

// Safe for use from any thread.
class CurrentWatchList {
 public:
  void replace(std::shared_ptr<const WatchList> list) {
    const std::lock_guard lock(mutex_);
    list_ = std::move(list);
    generation_.fetch_add(1, std::memory_order_release);
  }
  // Null before the first list.
  std::shared_ptr<const WatchList> get() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const WatchList> list_;
  std::atomic<std::uint64_t> generation_{0};
};

// One thread's hold on the list: takes the lock only when there is a new one.
class WatchListHold {
 public:
  explicit WatchListHold(const CurrentWatchList& current) : current_(current) {}

  // Valid until the next call; null before the first list.
  const WatchList* get() {
    const std::uint64_t generation = current_.generation();
    if (generation != generation_) {
      list_ = current_.get();
      generation_ = generation;
    }
    return list_.get();
  }

 private:
  const CurrentWatchList& current_;
  std::shared_ptr<const WatchList> list_;
  std::uint64_t generation_ = 0;
};

}  // namespace certwatch
