#include "net/message_inflater.h"

#include <string>

#include "base/digest.h"
#include "base/text.h"
#include "net/compressed_run.h"
#include "net/frame_reader.h"
#include "support/catch.h"
#include "support/data_file.h"

namespace certwatch {
namespace {

using Kind = MessageInflater::Kind;

std::string text_of(const MessageInflater::Inflated& inflated) {
  return {inflated.bytes, inflated.size};
}

struct Sample {
  const char* why;
  std::string compressed;
  const char* text;
};

TEST_CASE("the examples of RFC 7692 are inflated") {
  const Sample row =
      GENERATE(Sample{"7.2.3.1: one block", {"\xf2\x48\xcd\xc9\xc9\x07\x00", 7}, "Hello"},
               Sample{"7.2.3.3: without compression",
                      {"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11},
                      "Hello"},
               Sample{"7.2.3.4: with BFINAL set", {"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8}, "Hello"},
               Sample{"7.2.3.5: two blocks",
                      {"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13},
                      "Hello"},
               Sample{"7.2.3.6: an empty message", {"\x00", 1}, ""});
  INFO(row.why);
  MessageInflater inflater(1000);
  for (int round = 0; round < 2; ++round) {
    const auto inflated = inflater.inflate(row.compressed);
    REQUIRE(inflated.kind == Kind::message);
    CHECK(text_of(inflated) == row.text);
  }
}

TEST_CASE("a compressed session of the real server is read as another reader reads it") {
  std::string wire = data_file("wire/full-stream.deflate.bin");
  FrameReader reader({1U << 20, true});
  MessageInflater inflater(1U << 20);
  std::string_view left = wire;
  std::string all;
  int messages = 0;
  for (;;) {
    const auto event = reader.next();
    if (event.kind == FrameReader::Kind::message) {
      CHECK(event.is_compressed);
      const auto inflated = inflater.inflate({event.bytes, event.size});
      REQUIRE(inflated.kind == Kind::message);
      all += text_of(inflated);
      ++messages;
    } else if (event.kind == FrameReader::Kind::hungry) {
      if (left.empty()) break;
      const auto room = reader.room();
      const std::size_t count = left.copy(room.data(), room.size());
      reader.received(count);
      left.remove_prefix(count);
    }
  }
  CHECK(messages == 23);
  CHECK(to_hex(sha256(all)) == "8744ae241f60405697d32dc7ebd5ba2d891655bf7e8132f95b3f85dfbb8bcac8");
}

TEST_CASE("what is no deflate is told from a message") {
  MessageInflater inflater(1000);
  CHECK(inflater.inflate("this is no compressed data at all").kind == Kind::broken);
  CHECK(inflater.inflate("\xff\xff\xff\xff").kind == Kind::broken);
  // And does no harm to the next one.
  const auto next = inflater.inflate({"\xf2\x48\xcd\xc9\xc9\x07\x00", 7});
  CHECK(text_of(next) == "Hello");
}

TEST_CASE("a message that is too long once inflated is given up, and the next is read") {
  constexpr std::size_t repeats = 1000;
  constexpr std::size_t size = 1 + 258 * repeats;
  MessageInflater inflater(size);
  const auto fits = inflater.inflate(compressed_run(repeats));
  REQUIRE(fits.kind == Kind::message);
  CHECK(text_of(fits) == std::string(size, 'x'));
  CHECK(inflater.inflate(compressed_run(repeats + 1)).kind == Kind::too_large);
  CHECK(inflater.inflate(compressed_run(repeats * 1000)).kind == Kind::too_large);
  CHECK(text_of(inflater.inflate(compressed_run(0))) == "x");
}

TEST_CASE("a small limit holds too") {
  MessageInflater inflater(258);
  CHECK(inflater.inflate(compressed_run(1)).kind == Kind::too_large);
  CHECK(text_of(inflater.inflate(compressed_run(0))) == "x");
}

TEST_CASE("after a huge message a small one is read as before") {
  MessageInflater inflater(32U << 20);
  CHECK(inflater.inflate(compressed_run(100'000)).size == 1 + 25'800'000);
  CHECK(text_of(inflater.inflate(compressed_run(1))) == std::string(259, 'x'));
}

}  // namespace
}  // namespace certwatch
