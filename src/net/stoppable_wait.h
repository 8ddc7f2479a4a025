// Waiting for a file descriptor, with a deadline and an end at once when a stop is asked for.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/descriptor.h"

namespace certwatch {

// The text for an `errno`.
std::string system_error_text(int error_number);

// Belongs to one thread; the stop may come from any. `clock` must be one that runs by itself: the
// kernel does the waiting.
class StoppableWait {
 public:
  // Fails where the process has no file descriptors left.
  static Result<std::unique_ptr<StoppableWait>> make(std::stop_token stop, const Clock& clock);

  enum class Outcome { ready, timed_out, stopped };
  // `events` as for poll(2). Ready also where the descriptor is in error: the next read or write
  // tells.
  Outcome wait(int descriptor, short events, SteadyTime deadline);

  bool stopped() const { return stop_.stop_requested(); }
  const Clock& clock() const { return clock_; }

 private:
  StoppableWait(std::stop_token stop, const Clock& clock, Descriptor wake_up);

  const Clock& clock_;
  const Descriptor wake_up_;
  const std::stop_token stop_;
  const std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace certwatch
