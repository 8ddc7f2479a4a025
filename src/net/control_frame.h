// The frames that a websocket client sends which only listens: ping, pong, close (RFC 6455 section
// 5.5).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace certwatch {

enum class ControlOpcode : std::uint8_t { close = 0x8, ping = 0x9, pong = 0xa };
using MaskingKey = std::array<unsigned char, 4>;

// `payload` is cut at the 125 bytes that a control frame can hold.
std::string control_frame(ControlOpcode opcode, std::string_view payload, MaskingKey key);

// The payload of a close frame: its code (section 7.4.1).
std::string close_payload(std::uint16_t code);

// Unpredictable, as section 5.3 wants masking keys and 4.1 the handshake's nonce.
std::string random_bytes(std::size_t count);
MaskingKey random_masking_key();

}  // namespace certwatch
