#include "feed/server_frames.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <zlib.h>

namespace certwatch::bench {
namespace {

constexpr std::size_t fragment_size = 4096 - 14;
constexpr std::size_t longest_in_fragments = 8192;
constexpr unsigned text_opcode = 0x1;
constexpr unsigned final_bit = 0x80;
constexpr unsigned compressed_bit = 0x40;
constexpr int deflate_level = 1;

void append_frame(std::string& frames, unsigned first_octet, std::string_view payload) {
  frames += static_cast<char>(first_octet);
  const std::uint64_t size = payload.size();
  if (size < 126) {
    frames += static_cast<char>(size);
  } else if (size < 65536) {
    frames += {'\x7e', static_cast<char>(size >> 8), static_cast<char>(size)};
  } else {
    frames += '\x7f';
    for (int shift = 56; shift >= 0; shift -= 8) frames += static_cast<char>(size >> shift);
  }
  frames += payload;
}

std::string frames_of(std::string_view payload, unsigned opcode_and_flags) {
  std::string frames;
  if (payload.size() > longest_in_fragments) {
    append_frame(frames, opcode_and_flags, payload);
    append_frame(frames, final_bit, {});
    return frames;
  }
  for (std::size_t at = 0; at == 0 || at < payload.size(); at += fragment_size) {
    const std::string_view piece = payload.substr(at, fragment_size);
    const bool is_last = at + piece.size() == payload.size();
    append_frame(frames, (at == 0 ? opcode_and_flags : 0U) | (is_last ? final_bit : 0U), piece);
  }
  return frames;
}

// RFC 7692 section 7.2.1: flushed to a byte's boundary, without the four octets that this ends
// with.
std::string deflated(std::string_view message) {
  z_stream stream{};
  if (deflateInit2(&stream, deflate_level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    std::abort();
  }
  std::string compressed(deflateBound(&stream, static_cast<uLong>(message.size())) + 16, '\0');
  std::string input(message);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in != 0) std::abort();
  compressed.resize(compressed.size() - stream.avail_out - 4);
  deflateEnd(&stream);
  return compressed;
}

}  // namespace

std::string server_frames(std::string_view message) {
  return frames_of(message, text_opcode);
}

std::string deflated_server_frames(std::string_view message) {
  return frames_of(deflated(message), text_opcode | compressed_bit);
}

std::size_t first_frame_size(std::string_view frames) {
  const auto octet = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(frames[at])};
  };
  const std::size_t length = octet(1) & 0x7f;
  if (length == 126) return 4 + (octet(2) << 8 | octet(3));
  if (length < 126) return 2 + length;
  std::size_t size = 0;
  for (std::size_t at = 2; at < 10; ++at) size = size << 8 | octet(at);
  return 10 + size;
}

}  // namespace certwatch::bench
