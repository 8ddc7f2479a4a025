// Takes the matches that could not be recorded, as JSON lines, and writes them to stderr. They
// stand between the lines of the log, and never within one.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "app/ending.h"
#include "base/line_writer.h"

namespace certwatch {

// While the service runs, it holds nobody up. After the end is decided, it waits for each line to
// be written, so that no line is dropped, however slowly somebody reads. For one thread.
class Spill {
 public:
  Spill(LineWriter& lines, const Ending& ending, const Clock& clock)
      : lines_(lines), ending_(ending), clock_(clock) {}

  // `line` ends in a newline.
  void put(std::string line) {
    lines_.put(std::move(line));
    if (!ending_.is_decided()) return;
    // However long it takes: ExitDeadline watches.
    constexpr Seconds patience{1};
    while (!lines_.finish(patience)) {
    }
    last_written_ = clock_.steady_now().time_since_epoch().count();
  }

  // From any thread: when a line was last waited for with success; the clock's beginning where
  // none was.
  SteadyTime last_written() const { return SteadyTime(SteadyTime::duration(last_written_)); }

 private:
  LineWriter& lines_;
  const Ending& ending_;
  const Clock& clock_;
  std::atomic<SteadyTime::rep> last_written_{0};
};

}  // namespace certwatch
