// Hashing of names. Private to match.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace certwatch {

// Eight bytes as a number whose lowest byte is the first, on any machine.
inline std::uint64_t load_8(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// Keeps the first `count` (at most 8) bytes of what load_8 gave.
inline std::uint64_t keep_bytes(std::uint64_t word, std::size_t count) {
  return count == 0 ? 0 : word & (~std::uint64_t{0} >> (64 - 8 * count));
}

// Multiplies to 128 bits and folds the halves: every bit of the input reaches every bit of the
// output.
inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Takes a name label by label, from the right, so that each suffix costs one label more than the
// last. The keys are drawn anew for every list: whoever makes up names cannot make them collide.
struct LabelHash {
  std::uint64_t start = 0;
  std::uint64_t multiplier = 0;

  // `label` has eight readable bytes behind its end.
  std::uint64_t with_label(std::uint64_t hash, const char* label, std::size_t length) const {
    const std::uint64_t last_multiplier = multiplier + 2 * length;
    for (; length > 8; length -= 8, label += 8) {
      hash = fold_multiply(hash ^ load_8(label), multiplier);
    }
    return fold_multiply(hash ^ keep_bytes(load_8(label), length), last_multiplier);
  }
};

}  // namespace certwatch
