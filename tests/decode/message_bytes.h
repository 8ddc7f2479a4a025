// A message that lies in memory as a feed hands it over.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include "model/message.h"

namespace certwatch::testing {

// The bytes on the heap with just the padding that is promised, so that a sanitizer sees whoever
// reads on; the padding is filled with what might disturb a careless reader.
class MessageBytes {
 public:
  explicit MessageBytes(std::string_view text, char padding = '"')
      : size_(text.size()), bytes_(new char[text.size() + message_padding]) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), size_);
    std::memset(bytes_.get() + size_, padding, message_padding);
  }
  Message message() const { return {bytes_.get(), size_, SystemTime{}, SteadyTime{}}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace certwatch::testing
