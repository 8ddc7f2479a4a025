// "Within 5 s", whatever is stuck: a thread in a library, a disk, whoever reads stderr.
#pragma once

#include <functional>
#include <thread>

#include "app/ending.h"

namespace certwatch {

// From the decision to end to the end; the rest of the 5 s is for the log.
inline constexpr Seconds longest_end{4.5};
// What cannot be recorded is being written to stderr: it gets the time it takes, as long as lines
// are read, and not more than a supervisor's patience.
inline constexpr Seconds longest_gap{1};
inline constexpr Seconds longest_spill{60};

// How long the process still gets; not above 0: none. `last_spilled`: how long ago the last line
// was written that says what could not be recorded.
Seconds time_left(Seconds since_decided, Seconds last_spilled);

// A thread that begins to count when the end is decided. Unless this is destroyed before, it calls
// `cut_off`, and the process is over, with exit_failure: what is left undone is lost.
class ExitDeadline {
 public:
  struct Parts {
    Ending& ending;
    const Clock& clock;
    std::function<SteadyTime()> last_spilled;
    // Has some tenths of a second to say what is lost.
    std::function<void()> cut_off;
  };
  explicit ExitDeadline(Parts parts);

 private:
  void run(std::stop_token stop) const;

  const Parts parts_;
  std::jthread thread_;
};

}  // namespace certwatch
