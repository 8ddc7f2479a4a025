// One connection to the pages: a request comes in, its answer goes out, and nobody waits for
// either.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "net/byte_stream.h"

namespace certwatch {

class Peer {
 public:
  // Hard limits: for a whole request, and again for its answer; for what is read of a request.
  static constexpr std::chrono::seconds patience{2};
  static constexpr std::size_t longest_request = std::size_t{16} * 1024;

  enum class State {
    asking,     // its request is not there yet
    asked,      // the request is there, and waits to be answered
    answering,  // the answer is on its way
    over,       // answered, or of no use any more
  };

  Peer(std::unique_ptr<ByteStream> connection, SteadyTime now)
      : connection_(std::move(connection)), accepted_(now), deadline_(now + patience) {}

  State state() const { return state_; }
  SteadyTime accepted() const { return accepted_; }
  int descriptor() const { return connection_->descriptor(); }
  // What poll(2) is to wait for; 0 where it waits for its answer.
  short awaited() const;
  // There is none while the peer waits for its answer: that is not its fault.
  SteadyTime deadline() const;

  // Reads or writes what can be had at once.
  void advance();
  // Asked: the request, once.
  std::string take_request() { return std::move(request_); }
  // Empty: there is no answer to such a request.
  void answer(std::string text, SteadyTime now);

 private:
  void read();
  void write();

  const std::unique_ptr<ByteStream> connection_;
  const SteadyTime accepted_;
  State state_ = State::asking;
  SteadyTime deadline_;
  std::string request_;
  std::string answer_;
  std::size_t written_ = 0;
};

}  // namespace certwatch
