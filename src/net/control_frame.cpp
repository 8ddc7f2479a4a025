#include "net/control_frame.h"

#include <algorithm>
#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace certwatch {
namespace {

constexpr std::size_t longest_payload = 125;

void fill_with_random(void* bytes, std::size_t count) {
  // Up to 256 bytes come whole or not at all, and without waiting once the system is up
  // (getrandom(2)).
  while (::getrandom(bytes, count, 0) != static_cast<ssize_t>(count)) {
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "getrandom");
  }
}

}  // namespace

std::string control_frame(ControlOpcode opcode, std::string_view payload, MaskingKey key) {
  constexpr unsigned char final_bit = 0x80;
  constexpr unsigned char mask_bit = 0x80;
  payload = payload.substr(0, longest_payload);
  std::string frame;
  frame += static_cast<char>(final_bit | static_cast<unsigned char>(opcode));
  frame += static_cast<char>(mask_bit | static_cast<unsigned char>(payload.size()));
  frame.append(key.begin(), key.end());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ key[i % key.size()]);
  }
  return frame;
}

std::string close_payload(std::uint16_t code) {
  return {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_with_random(bytes.data(), bytes.size());
  return bytes;
}

MaskingKey random_masking_key() {
  MaskingKey key{};
  fill_with_random(key.data(), key.size());
  return key;
}

}  // namespace certwatch
