#include "net/frame_reader.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/data_file.h"
#include "support/websocket_server.h"

namespace certwatch {
namespace {

using Kind = FrameReader::Kind;

struct Seen {
  Kind kind;
  std::string bytes;
  bool is_compressed = false;
  std::size_t size = 0;
  bool operator==(const Seen&) const = default;
};

// Reads what a simdjson would: the message and the bytes behind it.
void touch(const FrameReader::Event& event) {
  volatile char last = 0;
  for (std::size_t i = 0; i < event.size + message_padding; ++i) last = event.bytes[i];
  static_cast<void>(last);
}

// All events of a connection that brings `bytes` in pieces of at most `piece`. Ends at `broken`.
std::vector<Seen> read_all(FrameReader& reader, std::string_view bytes, std::size_t piece) {
  std::vector<Seen> seen;
  for (;;) {
    const auto event = reader.next();
    if (event.kind == Kind::hungry) {
      if (bytes.empty()) return seen;
      const auto room = reader.room();
      const std::size_t count = bytes.substr(0, piece).copy(room.data(), room.size());
      reader.received(count);
      bytes.remove_prefix(count);
      continue;
    }
    if (event.kind == Kind::message) touch(event);
    seen.push_back({event.kind,
                    event.bytes == nullptr ? event.why : std::string(event.bytes, event.size),
                    event.is_compressed, event.size});
    if (event.kind == Kind::broken) return seen;
  }
}

Seen message(std::string text) {
  const std::size_t size = text.size();
  return {Kind::message, std::move(text), false, size};
}
Seen control(Kind kind, std::string payload) {
  const std::size_t size = payload.size();
  return {kind, std::move(payload), false, size};
}

std::string some_text(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + (i * 7 + i / 91) % 90);
  return text;
}

TEST_CASE("a message in one frame is read, of any length and in any pieces") {
  const std::size_t size =
      GENERATE(std::size_t{0}, 1, 125, 126, 127, 4082, 65535, 65536, 131072, 700000);
  const std::size_t piece = GENERATE(std::size_t{1}, 3, 1000, 1U << 20);
  if (piece < 3 && size > 131072) return;
  const std::string text = some_text(size);
  FrameReader reader({});
  const auto seen = read_all(reader, text_frame(text) + text_frame("next"), piece);
  CHECK(seen == std::vector{message(text), message("next")});
}

TEST_CASE("text and binary are the same to us") {
  FrameReader reader({});
  CHECK(read_all(reader, server_frame(0x2, std::string("\x00\xff", 2)), 100) ==
        std::vector{message(std::string("\x00\xff", 2))});
}

TEST_CASE("a message in several frames is put together") {
  const std::size_t piece = GENERATE(std::size_t{1}, 5, 4096, 1U << 20);
  const std::string text = some_text(10000);
  const std::string_view view = text;
  FrameReader reader({});
  const auto seen = read_all(
      reader,
      // As the real server sends what is over 8 KB, ...
      fragmented_as_the_real_server(text) +
          // ... and over 4 KB.
          server_frame(0x1, view.substr(0, 4082), 0) + server_frame(0x0, view.substr(4082)) +
          // Frames without payload at every place.
          server_frame(0x2, "", 0) + server_frame(0x0, "ab", 0) + server_frame(0x0, "", 0) +
          server_frame(0x0, "c", 0) + server_frame(0x0, ""),
      piece);
  CHECK(seen == std::vector{message(text), message(text), message("abc")});
}

TEST_CASE("control frames between the frames of a message leave it whole") {
  const std::size_t piece = GENERATE(std::size_t{1}, 4, 1U << 20);
  FrameReader reader({});
  const auto seen = read_all(reader,
                             server_frame(0x1, "one ", 0) + server_frame(0x9, "are you there") +
                                 server_frame(0x0, "two ", 0) + server_frame(0xa, "") +
                                 server_frame(0x9, "") + server_frame(0x0, "three") +
                                 server_frame(0x8,
                                              "\x03\xe8"
                                              "bye"),
                             piece);
  CHECK(seen == std::vector{control(Kind::ping, "are you there"), control(Kind::pong, ""),
                            control(Kind::ping, ""), message("one two three"),
                            control(Kind::close,
                                    "\x03\xe8"
                                    "bye")});
}

TEST_CASE("a session of the real server is read as another reader reads it") {
  const std::size_t piece = GENERATE(std::size_t{1}, 1000, 1448, 65536);
  FrameReader reader({});
  std::string all;
  std::size_t messages = 0;
  std::size_t pings = 0;
  std::size_t pongs = 0;
  for (const Seen& seen : read_all(reader, data_file("wire/full-stream.bin"), piece)) {
    if (seen.kind == Kind::ping) ++pings;
    if (seen.kind == Kind::pong) ++pongs;
    if (seen.kind != Kind::message) continue;
    ++messages;
    all += seen.bytes;
  }
  CHECK(messages == 5);
  CHECK(pings == 2);
  CHECK(pongs == 2);
  CHECK(all.size() == 117'351);
  CHECK(to_hex(sha256(all)) == "61294f230ac6c402e16331b7ee2225dd0c265c151fd571d6e291abc0281b65f1");
}

TEST_CASE("a message as the real server sends it is handed out where it was received") {
  const std::string wire = fragmented_as_the_real_server(some_text(9600));
  FrameReader reader({});
  const auto room = reader.room();
  wire.copy(room.data(), room.size());
  reader.received(wire.size());
  const auto event = reader.next();
  REQUIRE(event.kind == Kind::message);
  CHECK(event.bytes == room.data() + 4);
}

struct Broken {
  const char* why;
  std::string bytes;
  const char* told;
};

TEST_CASE("a peer that breaks the rules of framing is found out, for good") {
  const Broken row = GENERATE(
      Broken{"RSV1 without permessage-deflate", server_frame(0x1, "x", 0xc0),
             "a message is compressed though nobody asked for it"},
      Broken{"RSV2", server_frame(0x1, "x", 0xa0), "a reserved bit is set"},
      Broken{"RSV3", server_frame(0x1, "x", 0x90), "a reserved bit is set"},
      Broken{"RSV1 on a control frame", server_frame(0x9, "", 0xc0),
             "a control frame is malformed"},
      Broken{"a masked frame (section 5.1)",
             std::string("\x81\x81"
                         "abcdx"),
             "a frame is masked"},
      Broken{"opcode 3", server_frame(0x3, "x"), "a frame has an unknown opcode"},
      Broken{"opcode 7", server_frame(0x7, "x"), "a frame has an unknown opcode"},
      Broken{"opcode 11", server_frame(0xb, "x"), "a frame has an unknown opcode"},
      Broken{"opcode 15", server_frame(0xf, "x"), "a frame has an unknown opcode"},
      Broken{"a ping in fragments", server_frame(0x9, "x", 0), "a control frame is malformed"},
      Broken{"a ping of 126 bytes", server_frame(0x9, std::string(126, 'x')),
             "a control frame is malformed"},
      Broken{"a continuation of nothing", server_frame(0x0, "x"),
             "a message begins with a continuation frame"},
      Broken{"a continuation after the end", text_frame("a") + server_frame(0x0, "x"),
             "a message begins with a continuation frame"},
      Broken{"a message inside another", server_frame(0x1, "a", 0) + text_frame("b"),
             "a message begins inside another"},
      Broken{"16 bits for a length of 125 (section 5.2)", std::string("\x81\x7e\x00\x7d", 4),
             "the length of a frame is malformed"},
      Broken{"64 bits for a length of 65535",
             std::string("\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10),
             "the length of a frame is malformed"},
      Broken{"a length with the highest bit set",
             std::string("\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10),
             "the length of a frame is malformed"},
      Broken{"HTTP", "HTTP/1.1 500 Internal Server Error\r\n\r\n", "a control frame is malformed"});
  INFO(row.why);
  const std::size_t piece = GENERATE(std::size_t{1}, 1000);
  FrameReader reader({});
  const auto seen = read_all(reader, text_frame("before") + row.bytes + text_frame("after"), piece);
  REQUIRE(seen.size() >= 2);
  CHECK(seen.front() == message("before"));
  CHECK(seen.back().kind == Kind::broken);
  CHECK(seen.back().bytes == row.told);
  CHECK(reader.next().kind == Kind::broken);
}

TEST_CASE("garbage is found out from its first bytes") {
  FrameReader reader({});
  CHECK(read_all(reader, "\xff\xff", 2).back().kind == Kind::broken);
}

TEST_CASE("with permessage-deflate, the first frame of a message says whether it is compressed") {
  FrameReader reader({1000, true});
  const auto seen =
      read_all(reader,
               server_frame(0x1, "squeezed", 0xc0) + text_frame("plain") +
                   server_frame(0x1, "in ", 0x40) + server_frame(0x0, "two") + text_frame("plain") +
                   server_frame(0x1, "a", 0) + server_frame(0x0, "b", 0xc0),
               1);
  REQUIRE(seen.size() == 5);
  CHECK(seen[0] == Seen{Kind::message, "squeezed", true, 8});
  CHECK(seen[1] == message("plain"));
  CHECK(seen[2] == Seen{Kind::message, "in two", true, 6});
  CHECK(seen[3] == message("plain"));
  CHECK(seen[4].bytes == "a continuation frame is marked as compressed");
}

TEST_CASE("a message over the limit is dropped to its end, and the next is read") {
  const std::size_t piece = GENERATE(std::size_t{1}, 700, 1U << 20);
  FrameReader reader({1000, false});
  const std::string limit = some_text(1000);
  const auto seen = read_all(
      reader,
      // In one frame, which says so at once; in two; by one byte; with a ping in its middle.
      text_frame(some_text(5000)) + text_frame("a") + server_frame(0x1, limit, 0) +
          server_frame(0x0, some_text(200), 0) + server_frame(0x0, "") + text_frame("b") +
          text_frame(limit) + server_frame(0x1, limit, 0) + server_frame(0x9, "p") +
          server_frame(0x0, "!") + text_frame("c"),
      piece);
  REQUIRE(seen.size() == 8);
  CHECK((seen[0].kind == Kind::too_large && seen[0].size == 5000));
  CHECK(seen[1] == message("a"));
  CHECK((seen[2].kind == Kind::too_large && seen[2].size == 1200));
  CHECK(seen[3] == message("b"));
  CHECK(seen[4] == message(limit));
  CHECK(seen[5] == control(Kind::ping, "p"));
  CHECK((seen[6].kind == Kind::too_large && seen[6].size == 1001));
  CHECK(seen[7] == message("c"));
}

TEST_CASE("a frame longer than any memory is dropped without being kept") {
  FrameReader reader({});
  const std::string header("\x82\x7f\x00\x00\x40\x00\x00\x00\x00\x00", 10);  // 64 TiB
  std::string_view bytes = header;
  for (int round = 0; round < 2000; ++round) {  // 125 MiB of it
    const auto room = reader.room();
    // What has been dropped makes room for more at the same place.
    REQUIRE(room.size() == std::size_t{64} * 1024);
    reader.received(bytes.empty() ? room.size() : bytes.copy(room.data(), room.size()));
    bytes = {};
    REQUIRE(reader.next().kind == Kind::hungry);
  }
}

TEST_CASE("messages of the limit's length can follow each other") {
  FrameReader reader({});
  const std::string longest(std::size_t{32} * 1024 * 1024, 'x');
  const std::string wire = text_frame(longest);
  for (int round = 0; round < 3; ++round) {
    const auto seen = read_all(reader, wire, 65536);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].kind == Kind::message);
    CHECK(seen[0].size == longest.size());
  }
  CHECK(read_all(reader, text_frame("small"), 65536) == std::vector{message("small")});
}

// What a server might send, and what is to be read of it.
class RandomSession {
 public:
  explicit RandomSession(unsigned seed) : random_(seed) {
    const std::size_t messages = 20 + pick(60);
    for (std::size_t i = 0; i < messages; ++i) add_message();
  }
  std::string wire;
  std::vector<Seen> expected;
  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  std::size_t some_size() {
    const std::size_t scale[] = {2, 130, 5000, 70000, 200000};
    return pick(scale[pick(5)]);
  }
  void add_control() {
    const std::string payload = some_text(pick(126));
    const bool ping = pick(2) == 0;
    wire += server_frame(ping ? 0x9 : 0xa, payload);
    expected.push_back(control(ping ? Kind::ping : Kind::pong, payload));
  }
  void add_message() {
    const std::string text = some_text(some_size());
    std::string_view left = text;
    unsigned opcode = 0x1;
    for (;;) {
      if (pick(8) == 0) add_control();
      const bool is_final = pick(3) != 0;
      const std::string_view part = left.substr(0, is_final ? left.size() : pick(left.size() + 1));
      wire += server_frame(opcode, part, is_final ? 0x80 : 0);
      left.remove_prefix(part.size());
      opcode = 0;
      if (is_final) break;
    }
    expected.push_back(message(text));
  }

  std::mt19937 random_;
};

TEST_CASE("any mixture of frames in any pieces is read as it was sent") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomSession session(seed);
    FrameReader reader({});
    std::vector<Seen> seen;
    std::string_view left = session.wire;
    while (!left.empty()) {
      const std::size_t count = std::min(left.size(), 1 + session.pick(seed % 2 == 0 ? 90 : 90000));
      for (Seen& each : read_all(reader, left.substr(0, count), count)) {
        seen.push_back(std::move(each));
      }
      left.remove_prefix(count);
    }
    INFO("seed " << seed);
    REQUIRE(seen == session.expected);
  }
}

}  // namespace
}  // namespace certwatch
