#include "net/control_frame.h"

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a control frame is masked") {
  // The bytes of RFC 6455 section 5.7: a masked pong with "Hello".
  const MaskingKey key{0x37, 0xfa, 0x21, 0x3d};
  CHECK(control_frame(ControlOpcode::pong, "Hello", key) ==
        "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  CHECK(control_frame(ControlOpcode::ping, "", key) == "\x89\x80\x37\xfa\x21\x3d");
}

TEST_CASE("a control frame never holds more than 125 bytes") {
  const std::string frame = control_frame(ControlOpcode::ping, std::string(300, 'x'), {});
  CHECK(frame.size() == 2 + 4 + 125);
  CHECK(static_cast<unsigned char>(frame[1]) == (0x80 | 125));
}

TEST_CASE("a close code goes in network order") {
  CHECK(close_payload(1001) == "\x03\xe9");
}

TEST_CASE("masking keys and nonces differ") {
  CHECK(random_bytes(16).size() == 16);
  CHECK(random_bytes(16) != random_bytes(16));
  CHECK((random_masking_key() != random_masking_key() ||
         random_masking_key() != random_masking_key()));
}

}  // namespace
}  // namespace certwatch
