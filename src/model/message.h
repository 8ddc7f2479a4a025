// The bytes of one websocket message, as a feed received them.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace certwatch {

// Bytes that must be readable behind a message; what they hold does not matter (simdjson reads
// them).
inline constexpr std::size_t message_padding = 64;

// Valid, and writable, during the call that hands it over; followed by message_padding readable
// bytes.
struct Message {
  char* bytes;
  std::size_t size;
  SystemTime received_at;  // when its last byte had been read
  SteadyTime received_steady;
};

}  // namespace certwatch
