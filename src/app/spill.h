// Where the judge puts, as JSON lines, what could not be recorded: among the lines of the log, and
// never within one.
#pragma once

#include <atomic>
#include <ostream>
#include <streambuf>
#include <string>

#include "app/ending.h"
#include "base/line_writer.h"

namespace certwatch {

// While the service runs nobody is held up by it; once its end is decided each line is waited for,
// so that none is dropped however slowly they are read. For one thread.
class SpillBuffer final : public std::streambuf {
 public:
  SpillBuffer(LineWriter& lines, const Ending& ending, const Clock& clock)
      : lines_(lines), ending_(ending), clock_(clock) {}

  // From any thread: when a line was last waited for with success; the clock's beginning where
  // none was.
  SteadyTime last_written() const { return SteadyTime(SteadyTime::duration(last_written_)); }

 private:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  void end_line();

  LineWriter& lines_;
  const Ending& ending_;
  const Clock& clock_;
  std::string line_;
  std::atomic<SteadyTime::rep> last_written_{0};
};

}  // namespace certwatch
