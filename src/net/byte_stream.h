// A connection that moves bytes without ever waiting: TCP, or TLS over it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace certwatch {

// What became of an attempt to receive or send.
struct Transfer {
  enum class Kind {
    moved,      // `bytes` of them, at least one
    must_wait,  // for `events` on the descriptor, then the same attempt again
    ended,      // the peer has closed its side
    failed,     // the connection is lost: `why`
  };
  Kind kind = Kind::failed;
  std::size_t bytes = 0;
  short events = 0;
  // After moved: nothing more can be had at once, so the next attempt can wait first.
  bool drained = false;
  std::string why;

  static Transfer moved(std::size_t bytes, bool drained) {
    return {Kind::moved, bytes, 0, drained, {}};
  }
  static Transfer must_wait(short events) { return {Kind::must_wait, 0, events, true, {}}; }
  static Transfer ended() { return {Kind::ended, 0, 0, true, {}}; }
  static Transfer failed(std::string why) { return {Kind::failed, 0, 0, true, std::move(why)}; }
};

// Belongs to one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Never throw, never block.
  virtual Transfer receive(std::span<char> room) = 0;
  virtual Transfer send(std::string_view bytes) = 0;
  // To wait on.
  virtual int descriptor() const = 0;
};

}  // namespace certwatch
