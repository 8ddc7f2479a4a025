// Memory that a message grows in, with readable bytes behind it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

namespace certwatch {

// Readable bytes behind every message that this room hands out (simdjson reads them). What they
// hold does not matter and must not be changed: it may be the next message.
inline constexpr std::size_t readable_bytes_behind = 64;

class PaddedBuffer {
 public:
  explicit PaddedBuffer(std::size_t capacity)
      : bytes_(std::make_unique<char[]>(capacity + readable_bytes_behind)), capacity_(capacity) {}

  char* bytes() { return bytes_.get(); }
  std::size_t capacity() const { return capacity_; }

  // Another capacity, larger or smaller; the first `kept` bytes stay.
  void resize(std::size_t capacity, std::size_t kept) {
    PaddedBuffer other(capacity);
    std::memcpy(other.bytes(), bytes(), std::min(kept, std::min(capacity, capacity_)));
    std::swap(*this, other);
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
};

}  // namespace certwatch
