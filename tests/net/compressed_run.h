// A message of permessage-deflate that is small on the wire and long once inflated.
#pragma once

#include <cstddef>
#include <string>

namespace certwatch {

// One "x" and `repeats` times 258 more, in one block with fixed codes (RFC 1951 section 3.2.6):
// each step is length code 285 and distance code 0.
inline std::string compressed_run(std::size_t repeats) {
  std::string bytes;
  unsigned filled = 0;
  const auto put = [&](unsigned code, unsigned bits) {
    for (unsigned i = bits; i-- > 0;) {
      if (filled % 8 == 0) bytes += '\0';
      const unsigned bit = code >> i & 1U;
      bytes.back() =
          static_cast<char>(static_cast<unsigned char>(bytes.back()) | bit << (filled++ % 8));
    }
  };
  put(0b010, 3);       // not the last block; fixed codes (the two bits go lowest first)
  put(0x30 + 'x', 8);  // the literal
  for (std::size_t i = 0; i < repeats; ++i) put(0b11000101'00000, 13);
  put(0, 7);  // end of block
  put(0, 3);  // and the empty stored block whose rest is cut off
  return bytes;
}

}  // namespace certwatch
