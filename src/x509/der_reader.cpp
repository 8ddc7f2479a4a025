#include "x509/der_reader.h"

namespace certwatch::der {
namespace {

constexpr std::size_t most_length_octets = 4;

struct Length {
  std::size_t value = 0;
  std::size_t octets = 0;  // of the length field itself; 0: malformed
};

Length read_length(std::string_view bytes) {
  if (bytes.empty()) return {};
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return {first, 1};
  const std::size_t count = first & 0x7FU;
  if (count == 0 || count > most_length_octets || bytes.size() <= count) return {};
  std::size_t value = 0;
  for (const char c : bytes.substr(1, count)) value = value << 8 | static_cast<unsigned char>(c);
  const bool has_needless_octets = value < 0x80 || bytes[1] == '\0';
  if (has_needless_octets) return {};
  return {value, 1 + count};
}

}  // namespace

std::optional<Element> Reader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto tag = static_cast<unsigned char>(rest_[0]);
  const bool has_long_tag = (tag & 0x1FU) == 0x1FU;
  const Length length = read_length(rest_.substr(1));
  const std::size_t header_size = 1 + length.octets;
  if (has_long_tag || length.octets == 0 || length.value > rest_.size() - header_size) {
    return std::nullopt;
  }
  const Element element{tag, rest_.substr(0, header_size + length.value),
                        rest_.substr(header_size, length.value)};
  rest_.remove_prefix(element.whole.size());
  return element;
}

std::optional<Element> Reader::next(unsigned char tag) {
  if (rest_.empty() || static_cast<unsigned char>(rest_[0]) != tag) return std::nullopt;
  return next();
}

std::string header(unsigned char tag, std::size_t content_size) {
  std::string octets;
  for (std::size_t rest = content_size; rest != 0; rest >>= 8) {
    octets.insert(octets.begin(), static_cast<char>(rest & 0xFFU));
  }
  std::string out(1, static_cast<char>(tag));
  if (content_size < 0x80) {
    out += static_cast<char>(content_size);
  } else {
    out += static_cast<char>(0x80U | octets.size());
    out += octets;
  }
  return out;
}

}  // namespace certwatch::der
