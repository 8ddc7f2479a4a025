// Walking DER (X.690), one element after the other. Strict about lengths, as section 10.1 wants
// them: definite, in the fewest octets, within what surrounds them. At most 4 length octets, and
// tag numbers below 31, are enough for any certificate.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace certwatch::der {

inline constexpr unsigned char boolean = 0x01;
inline constexpr unsigned char integer = 0x02;
inline constexpr unsigned char bit_string = 0x03;
inline constexpr unsigned char octet_string = 0x04;
inline constexpr unsigned char object_identifier = 0x06;
inline constexpr unsigned char sequence = 0x30;
inline constexpr unsigned char set = 0x31;

// Views point into the bytes that are read.
struct Element {
  unsigned char tag = 0;
  std::string_view whole;  // header and content
  std::string_view content;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  // The next element; nothing, and nothing consumed, at the end or where it is malformed.
  std::optional<Element> next();
  // The same, and nothing where it has another tag.
  std::optional<Element> next(unsigned char tag);

 private:
  std::string_view rest_;
};

// The header that goes before `content_size` bytes.
std::string header(unsigned char tag, std::size_t content_size);

}  // namespace certwatch::der
