#include "match/suffix_walk.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace certwatch {
namespace {

constexpr std::uint64_t every_byte(std::uint64_t byte) {
  return byte * 0x0101010101010101U;
}

// Eight bytes at once: A to Z to lower case.
std::uint64_t lower_8(std::uint64_t word) {
  const std::uint64_t low_bits = word & every_byte(0x7F);
  const std::uint64_t at_least_a = low_bits + every_byte(0x80 - 'A');
  const std::uint64_t above_z = low_bits + every_byte(0x7F - 'Z');
  const std::uint64_t is_upper = ~word & (at_least_a ^ above_z) & every_byte(0x80);
  return word | is_upper >> 2;
}

// A bit for each of eight bytes: is it a dot?
std::uint64_t dots_8(std::uint64_t word) {
  const std::uint64_t other = word ^ every_byte('.');
  const std::uint64_t is_other = ((other & every_byte(0x7F)) + every_byte(0x7F)) | other;
  const std::uint64_t is_dot = ~is_other & every_byte(0x80);
  return ((is_dot >> 7) * 0x0102040810204080U) >> 56;
}

void store_8(char* bytes, std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(bytes, &word, sizeof word);
}

}  // namespace

SuffixWalk::SuffixWalk(std::string_view name, std::size_t longest, const LabelHash& hash)
    : hash_(hash),
      state_(hash.start),
      size_(std::min(name.size(), longest + 1)),
      begin_(size_),
      label_end_(size_),
      dots_word_(size_ / 64) {
  copy_folded(name.data() + (name.size() - size_));
  dots_left_ = dots_[dots_word_];
}

void SuffixWalk::copy_folded(const char* bytes) {
  std::uint64_t dots = 0;
  const auto fold = [&](std::size_t at, std::uint64_t word) {
    store_8(text_.data() + at, lower_8(word));
    dots |= dots_8(word) << (at % 64);
  };
  std::size_t at = 0;
  for (; at + 8 <= size_; at += 8) {
    fold(at, load_8(bytes + at));
    if (at % 64 == 56) dots_[at / 64] = std::exchange(dots, 0);
  }
  char rest[8] = {};
  std::memcpy(rest, bytes + at, size_ - at);
  fold(at, load_8(rest));
  dots_[size_ / 64] = dots;
}

}  // namespace certwatch
