// What the hot path is measured on: messages with room behind them, and watch lists of any length.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "match/watch_list.h"
#include "model/message.h"

namespace certwatch::bench {

// Messages one behind the other, each followed by the bytes that its reader may look at.
class PreparedMessages {
 public:
  explicit PreparedMessages(const std::vector<std::string>& messages);

  std::size_t size() const { return spans_.size(); }
  std::size_t bytes() const { return bytes_; }
  Message operator[](std::size_t index);

 private:
  struct Span {
    std::size_t begin;
    std::size_t size;
  };
  std::string memory_;
  std::vector<Span> spans_;
  std::size_t bytes_ = 0;
};

// Names as operators have them: registered domains, and hosts and tenants below them.
WatchList watch_list_of(std::size_t entries);

}  // namespace certwatch::bench
