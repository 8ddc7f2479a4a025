#include "app/exit_deadline.h"

#include <algorithm>
#include <cstdlib>

#include "base/pause.h"

namespace certwatch {

Seconds time_left(Seconds since_decided, Seconds last_spilled) {
  return std::min(longest_spill - since_decided,
                  std::max(longest_end - since_decided, longest_gap - last_spilled));
}

ExitDeadline::ExitDeadline(Parts parts)
    : parts_(std::move(parts)), thread_([this](std::stop_token stop) { run(stop); }) {}

void ExitDeadline::run(std::stop_token stop) const {
  if (!parts_.ending.wait(stop)) return;
  const SteadyTime decided = parts_.clock.steady_now();
  while (!stop.stop_requested()) {
    const SteadyTime now = parts_.clock.steady_now();
    const Seconds left = time_left(now - decided, now - parts_.last_spilled());
    if (left <= Seconds{0}) {
      parts_.cut_off();
      std::_Exit(exit_failure);
    }
    pause(to_nanoseconds(left), stop);
  }
}

}  // namespace certwatch
