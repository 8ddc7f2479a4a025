// Reads the frames that a websocket server sends (RFC 6455 section 5) and puts messages together,
// in place. No sockets, no time: bytes in, events out.
//
// Why our own: a message of 10 kB costs as much in the framing of a general websocket library as in
// the kernel, because it is copied out of the library's buffer and validated as UTF-8 once more
// than needed. Here a message that came in one frame, or in one frame and an empty final one, as
// the servers we read send them, is never moved.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "net/padded_buffer.h"

namespace certwatch {

struct FrameReaderOptions {
  // A longer message is dropped as it comes in and reported at its end.
  std::size_t longest_message = std::size_t{32} * 1024 * 1024;
  // Whether permessage-deflate (RFC 7692) has been agreed on.
  bool deflate = false;
};

// Text is not validated as UTF-8: whoever reads the message does, and one bad message need not cost
// the connection.
class FrameReader {
 public:
  explicit FrameReader(FrameReaderOptions options);

  // Where the next bytes of the connection are to be written: at most 64 KB, never empty. Ends the
  // validity of every earlier event.
  std::span<char> room();
  // That many bytes have been written there.
  void received(std::size_t count);

  enum class Kind {
    hungry,     // nothing more without further bytes
    message,    // text or binary, whole
    too_large,  // a message over the limit has ended; `size` is its length, the bytes are gone
    ping,       // answer with a pong of the same bytes
    pong,
    close,   // the payload: two bytes of code and a reason, or nothing
    broken,  // the peer breaks RFC 6455: `why`; every later event is the same
  };
  struct Event {
    Kind kind = Kind::hungry;
    // Writable; followed by message_padding. Valid until the next call of anything here.
    char* bytes = nullptr;
    std::size_t size = 0;
    bool is_compressed = false;
    const char* why = "";
  };
  Event next();

 private:
  struct Header {
    unsigned opcode = 0;
    bool is_final = false;
    bool is_compressed = false;
    std::uint64_t length = 0;
    std::size_t size = 0;
  };

  // False where it has not come whole, or breaks a rule: `why_` then.
  bool read_header(Header& header);
  bool is_control_frame(const Header& header);
  // False where it breaks a rule.
  bool begin_data_frame(const Header& header);
  // Always false.
  bool refuse(const char* why);
  void take_payload();
  Event finish_message();
  Event broken() const { return {Kind::broken, nullptr, 0, false, why_}; }
  std::size_t unread() const { return end_ - cursor_; }
  void close_gap();
  void fit_capacity();

  const FrameReaderOptions options_;
  PaddedBuffer buffer_;
  // Offsets into the buffer: the message so far lies at message_begin_, what has been received but
  // not looked at from cursor_ to end_; between the two there may be spent headers.
  std::size_t message_begin_ = 0;
  std::size_t message_size_ = 0;
  std::size_t cursor_ = 0;
  std::size_t end_ = 0;

  bool in_message_ = false;  // a first frame has come and a final one not yet
  bool in_frame_ = false;    // payload of a data frame is still to come, or its end to be seen
  bool frame_is_final_ = false;
  bool is_compressed_ = false;
  bool is_dropping_ = false;
  std::uint64_t payload_left_ = 0;
  std::uint64_t dropped_size_ = 0;
  const char* why_ = nullptr;
};

}  // namespace certwatch
