#include "http/peer.h"

#include <array>
#include <poll.h>
#include <string_view>
#include <utility>

namespace certwatch {

short Peer::awaited() const {
  if (state_ == State::asking) return POLLIN;
  return state_ == State::answering ? POLLOUT : short{0};
}

SteadyTime Peer::deadline() const {
  return state_ == State::asked ? SteadyTime::max() : deadline_;
}

void Peer::advance() {
  if (state_ == State::asking) read();
  if (state_ == State::answering) write();
}

void Peer::read() {
  // The empty line that ends a head.
  constexpr std::string_view end_of_head = "\n\r\n";
  std::array<char, 4096> room{};
  while (state_ == State::asking) {
    const Transfer step = connection_->receive(room);
    if (step.kind == Transfer::Kind::must_wait) return;
    if (step.kind != Transfer::Kind::moved) {
      state_ = State::over;
      return;
    }
    request_.append(room.data(), step.bytes);
    if (request_.find(end_of_head) != std::string::npos) {
      state_ = State::asked;
    } else if (request_.size() >= longest_request) {
      state_ = State::over;
    }
  }
}

void Peer::answer(std::string text, SteadyTime now) {
  answer_ = std::move(text);
  deadline_ = now + patience;
  state_ = State::answering;
}

void Peer::write() {
  while (written_ < answer_.size()) {
    const Transfer step = connection_->send(std::string_view(answer_).substr(written_));
    if (step.kind == Transfer::Kind::must_wait) return;
    if (step.kind != Transfer::Kind::moved) break;
    written_ += step.bytes;
  }
  state_ = State::over;
}

}  // namespace certwatch
