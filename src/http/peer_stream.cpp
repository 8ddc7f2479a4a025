#include "http/peer_stream.h"

#include <algorithm>

namespace certwatch {

ssize_t PeerStream::read(char* out, std::size_t size) {
  if (taken_ == filled_ && !fill()) return -1;
  const std::size_t count = std::min(size, filled_ - taken_);
  std::copy_n(room_.data() + taken_, count, out);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t PeerStream::write(const char* bytes, std::size_t size) {
  if (!has_written_) deadline_ = wait_.clock().steady_now() + bounds_.patience;
  has_written_ = true;
  for (;;) {
    const Transfer step = connection_->send({bytes, size});
    if (step.kind == Transfer::Kind::moved) return static_cast<ssize_t>(step.bytes);
    if (step.kind != Transfer::Kind::must_wait || !wait_for(step.events)) return -1;
  }
}

bool PeerStream::fill() {
  for (;;) {
    const Transfer step = connection_->receive(room_);
    if (step.kind == Transfer::Kind::moved) {
      filled_ = step.bytes;
      taken_ = 0;
      seen_ += step.bytes;
      // Also where the peer never makes us wait.
      return seen_ <= bounds_.bytes && wait_.clock().steady_now() < deadline_;
    }
    if (step.kind != Transfer::Kind::must_wait || !wait_for(step.events)) return false;
  }
}

bool PeerStream::wait_for(short events) {
  return wait_.wait(connection_->descriptor(), events, deadline_) == StoppableWait::Outcome::ready;
}

}  // namespace certwatch
