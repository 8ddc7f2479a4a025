// Ends the pause of somebody who is to do something at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace certwatch {

// Given from any thread, taken by one. A nudge that nobody waits for is kept; several are one.
class Nudge {
 public:
  void give() {
    {
      const std::lock_guard lock(mutex_);
      is_given_ = true;
    }
    given_.notify_one();
  }

  // True as soon as there is one; it is taken then. False when the time is over, or a stop was
  // asked for.
  bool wait(std::chrono::nanoseconds time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    given_.wait_for(lock, stop, time, [this] { return is_given_; });
    return std::exchange(is_given_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any given_;
  bool is_given_ = false;
};

}  // namespace certwatch
