// Writes lines to a descriptor whose reader may stall: a full pipe, a stopped terminal.
//
// A thread of its own writes, so that nobody who has something to say waits for somebody who does
// not read. A line is one write(2), if the system takes it whole. The lines that wait are bounded.
// If there are too many, the oldest are dropped and counted. When lines flow again, a line in their
// place says how many are missing. Safe for use from any thread. The order is that of put().
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

  // Waits until everything is written, but not longer than `patience`. False: somebody does not
  // read. Then only std::_Exit can end the process, because the thread is in write(2).
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
