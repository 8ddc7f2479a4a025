// The bytes of one message, as the socket was read into them.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace certwatch {

// Bytes that can be read behind a message (simdjson does). What they hold does not matter and must
// not be changed: it may be the next message.
inline constexpr std::size_t message_padding = 64;

// Writable, followed by message_padding readable bytes. Valid until its owner reads on.
struct Message {
  char* bytes = nullptr;
  std::size_t size = 0;
  SystemTime received_at;  // when its last byte had been read
  SteadyTime received_steady;
};

}  // namespace certwatch
