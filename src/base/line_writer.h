// Lines to a descriptor whose reader may stall: a full pipe, a stopped terminal.
//
// A thread of its own writes, one write(2) a line where the system takes it whole, so that whoever
// has something to say never waits for whoever does not read. What waits is bounded: when it is too
// much, the oldest lines are dropped and counted, and as soon as lines flow again, one in their
// place says how many are missing. Safe for use from any thread; the order is that of put().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"

namespace certwatch {

class LineWriter {
 public:
  // The line, with its newline, that tells of so many lost ones; called on the writer's thread.
  using LostLine = std::function<std::string(std::uint64_t lost)>;

  // `descriptor` stays the caller's. `bound`, in bytes, is for what waits; a line that is over it
  // by itself is kept where nothing else waits. Throws std::system_error where there is no thread
  // to be had.
  LineWriter(int descriptor, std::size_t bound, LostLine lost_line);
  // Waits until everything is written, however long that takes: see finish().
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Never waits. `line` ends in a newline.
  void put(std::string line);

  // Waits until everything is written, at most so long; false: somebody does not read. Then only
  // std::_Exit ends the process: the thread is in write(2).
  bool finish(Seconds patience);

 private:
  void run(std::stop_token stop);
  bool write(const std::string& line) const;

  const int descriptor_;
  const std::size_t bound_;
  const LostLine lost_line_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::condition_variable written_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  bool is_writing_ = false;
  std::jthread thread_;
};

}  // namespace certwatch
