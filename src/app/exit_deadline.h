// Ends the process within 5 s, whatever is stuck: a thread in a library, a disk, whoever reads
// stderr.
#pragma once

#include <functional>
#include <thread>

#include "app/ending.h"

namespace certwatch {

// From the decision to end to the end; the rest of the 5 s is for the log.
inline constexpr Seconds longest_end{4.5};
// While matches that cannot be recorded are written to stderr, the end may take longer: as long as
// a line is read at least every longest_gap, and longest_spill at most.
inline constexpr Seconds longest_gap{1};
inline constexpr Seconds longest_spill{60};

// How long the process still gets; 0 or less means that its time is over. `last_spilled`: how long
// ago the last of these lines was written.
Seconds time_left(Seconds since_decided, Seconds last_spilled);

// A thread that begins to count when the end is decided. When the time is over, it calls `cut_off`
// and ends the process with exit_failure. What is left undone is lost. Destroying this object in
// time prevents it.
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
