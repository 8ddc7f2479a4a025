#include "notify/webhook/limited_stream.h"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace certwatch {
namespace {

constexpr std::chrono::seconds body_patience{1};

}  // namespace

void LimitedStream::begin_body() {
  is_in_body_ = true;
  seen_ = 0;
  deadline_ = std::min(deadline_, SteadyTime(wait_.clock().steady_now() + body_patience));
}

ssize_t LimitedStream::read(char* out, std::size_t size) {
  if (taken_ == filled_ && !fill()) return -1;
  const std::size_t count = std::min(size, filled_ - taken_);
  const std::string_view bytes(room_.data() + taken_, count);
  if (!passes_limits(bytes)) return -1;
  std::copy(bytes.begin(), bytes.end(), out);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t LimitedStream::write(const char* bytes, std::size_t size) {
  while (!drops_writes_) {
    const Transfer step = connection_.send({bytes, size});
    switch (step.kind) {
      case Transfer::Kind::moved:
        return static_cast<ssize_t>(step.bytes);
      case Transfer::Kind::must_wait:
        if (!wait_for(step.events, "the request was not taken in time")) return -1;
        break;
      case Transfer::Kind::ended:
      case Transfer::Kind::failed:
        // A receiver that takes no more may have said why before it closed.
        drops_writes_ = true;
    }
  }
  return static_cast<ssize_t>(size);
}

bool LimitedStream::fill() {
  while (trouble_.empty()) {
    const Transfer step = connection_.receive(room_);
    // Also where the receiver never makes us wait.
    if (step.kind == Transfer::Kind::moved) {
      filled_ = step.bytes;
      taken_ = 0;
      if (wait_.stopped()) trouble_ = "stopped";
      if (wait_.clock().steady_now() >= deadline_) trouble_ = "no answer in time";
      return trouble_.empty();
    }
    switch (step.kind) {
      case Transfer::Kind::must_wait:
        if (!wait_for(step.events, "no answer in time")) return false;
        break;
      case Transfer::Kind::ended:
        trouble_ = "the peer closed the connection without an answer";
        break;
      default:
        trouble_ = "the connection is lost: " + step.why;
    }
  }
  return false;
}

bool LimitedStream::wait_for(short events, const char* when_late) {
  switch (wait_.wait(connection_.descriptor(), events, deadline_)) {
    case StoppableWait::Outcome::stopped:
      trouble_ = "stopped";
      return false;
    case StoppableWait::Outcome::timed_out:
      trouble_ = when_late;
      return false;
    case StoppableWait::Outcome::ready:
      break;
  }
  return true;
}

bool LimitedStream::passes_limits(std::string_view bytes) {
  seen_ += bytes.size();
  if (is_in_body_) {
    if (seen_ > longest_body) trouble_ = "the body of the answer is too long";
    return trouble_.empty();
  }
  for (const char c : bytes) {
    line_ = c == '\n' ? 0 : line_ + 1;
    if (line_ > longest_head_line || seen_ > longest_head) {
      trouble_ = "the answer is no HTTP/1.1";
      return false;
    }
  }
  return true;
}

}  // namespace certwatch
