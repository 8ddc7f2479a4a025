// Why and with which code the process ends; decided once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.h"

namespace certwatch {

// README's table.
enum ExitCode : int { exit_fine = 0, exit_failure = 1, exit_configuration = 2, exit_schema = 3 };

// Safe for use from any thread.
class Ending {
 public:
  // The first call decides.
  void decide(ExitCode code) {
    {
      const std::lock_guard lock(mutex_);
      if (!code_) code_ = code;
    }
    decided_.notify_all();
  }
  bool is_decided() const {
    const std::lock_guard lock(mutex_);
    return code_.has_value();
  }
  // Nothing where a stop was asked for before.
  std::optional<ExitCode> wait(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    decided_.wait(lock, std::move(stop), [this] { return code_.has_value(); });
    return code_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any decided_;
  std::optional<ExitCode> code_;
};

}  // namespace certwatch
