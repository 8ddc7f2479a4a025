// A value that must not be seen: a DSN, a webhook's URL, a signing secret.
#pragma once

#include <string>
#include <utility>

namespace certwatch {

// Prints as ***. Only reveal() hands out the text, so a search for `reveal` finds every place that
// it can leak from.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  template <class Stream>
  friend Stream& operator<<(Stream& stream, const Secret&) {
    stream << "***";
    return stream;
  }

 private:
  std::string text_;
};

}  // namespace certwatch
