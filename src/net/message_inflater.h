// Decompresses messages of permessage-deflate without context takeover (RFC 7692 section 7.2.2).
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/padded_buffer.h"

namespace certwatch {

class MessageInflater {
 public:
  // A message that is longer once inflated is given up there: a small message cannot fill memory.
  explicit MessageInflater(std::size_t longest_message);
  ~MessageInflater();

  enum class Kind { message, too_large, broken };
  struct Inflated {
    Kind kind = Kind::broken;
    // Writable; followed by message_padding. Valid until the next call.
    char* bytes = nullptr;
    std::size_t size = 0;
  };
  Inflated inflate(std::string_view compressed);

 private:
  struct Stream;

  const std::size_t longest_message_;
  std::unique_ptr<Stream> stream_;
  PaddedBuffer buffer_;
};

}  // namespace certwatch
