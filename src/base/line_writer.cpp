#include "base/line_writer.h"

#include <cerrno>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace certwatch {

LineWriter::LineWriter(int descriptor, std::size_t bound, LostLine lost_line)
    : descriptor_(descriptor),
      bound_(bound),
      lost_line_(std::move(lost_line)),
      thread_([this](std::stop_token stop) { run(stop); }) {}

LineWriter::~LineWriter() = default;

void LineWriter::put(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    while (bytes_ > bound_ && lines_.size() > 1) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
      ++lost_;
    }
  }
  arrived_.notify_one();
}

bool LineWriter::finish(Seconds patience) {
  std::unique_lock lock(mutex_);
  return written_.wait_for(lock, to_nanoseconds(patience),
                           [this] { return lines_.empty() && !is_writing_; });
}

void LineWriter::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (arrived_.wait(lock, stop, [this] { return !lines_.empty(); })) {
    const std::string line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= line.size();
    std::uint64_t lost = std::exchange(lost_, 0);
    is_writing_ = true;
    lock.unlock();
    if (lost > 0 && write(lost_line_(lost))) lost = 0;
    if (!write(line)) ++lost;
    lock.lock();
    is_writing_ = false;
    lost_ += lost;
    if (lines_.empty()) written_.notify_all();
  }
}

// False where nobody will ever read it.
bool LineWriter::write(const std::string& line) const {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // somebody who shares the descriptor wants it so
      pollfd room{descriptor_, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace certwatch
