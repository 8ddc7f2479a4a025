// Memory that a message grows in, with readable bytes behind it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "model/message.h"

namespace certwatch {

class PaddedBuffer {
 public:
  explicit PaddedBuffer(std::size_t capacity)
      : bytes_(std::make_unique<char[]>(capacity + message_padding)), capacity_(capacity) {}

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
