// All that the reader thread does with a message, from the socket's bytes on: frames, skim, match,
// positions, metrics.
#include <string>
#include <vector>

#include "decode/real_messages.h"
#include "feed/certstream/certstream_entries.h"
#include "net/frame_reader.h"
#include "pipeline/watcher.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace certwatch {
namespace {

// Messages of 126 to 65,535 bytes as servers send them: one frame that is not the last, and an
// empty one that is.
std::string wire_of(const std::vector<std::string>& messages) {
  std::string wire;
  for (const std::string& message : messages) {
    REQUIRE(message.size() > 125);
    REQUIRE(message.size() < 65536);
    wire +=
        {'\x01', '\x7e', static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
    wire += message;
    wire += {'\x80', '\x00'};
  }
  return wire;
}

class Reader {
 public:
  // `entries` names that no certificate of the tests has, and `entry`.
  Reader(std::size_t entries, const std::string& entry) {
    WatchListBuilder builder(entries);
    for (std::size_t i = 0; i < entries; ++i) {
      builder.add("host" + std::to_string(i) + ".watched.example");
    }
    builder.add(entry);
    list_.replace(std::make_shared<const WatchList>(std::move(builder).build()));
  }

  // As the feed does it, 64 KB or less at a time. Returns how many messages there were.
  std::size_t read(std::string_view wire) {
    std::size_t messages = 0;
    while (!wire.empty()) {
      const std::span<char> room = frames_.room();
      const std::size_t count = wire.copy(room.data(), room.size());
      frames_.received(count);
      wire.remove_prefix(count);
      for (auto event = frames_.next(); event.kind == FrameReader::Kind::message;
           event = frames_.next()) {
        entries_.take({event.bytes, event.size, clock_.system_now(), clock_.steady_now()},
                      watcher_);
        ++messages;
      }
    }
    return messages;
  }

  std::size_t matches() const { return queue_.size(); }

 private:
  MachineClock clock_;
  FrameReader frames_{{}};
  CurrentWatchList list_;
  MatchQueue queue_{match_queue_bounds};
  LogPositions positions_;
  Metrics metrics_{"0", "0"};
  log::Damper damper_{clock_};
  LastCertificate last_certificate_;
  CertstreamEntries entries_{metrics_, positions_, damper_};
  Watcher watcher_{{list_, queue_, metrics_, damper_, last_certificate_}};
};

TEST_CASE("a message that hits nothing costs the reader no allocation, whatever the watch list") {
  const auto messages = testing::real_lines("go_full_session.jsonl");
  const std::string wire = wire_of(messages);
  for (const std::size_t entries : {std::size_t{10}, std::size_t{100'000}}) {
    INFO(entries << " entries");
    Reader reader(entries, "one.more.example");
    reader.read(wire);  // buffers grow, the logs become known

    const std::size_t before = testing::allocations();
    std::size_t read = 0;
    for (int i = 0; i < 50; ++i) read += reader.read(wire);
    const std::size_t taken = testing::allocations() - before;
    CHECK(taken == 0);
    CHECK(read == 50 * messages.size());
    CHECK(reader.matches() == 0);
  }
}

TEST_CASE("a message that hits is handed over, and that is what allocates") {
  const std::string message =
      R"({"message_type":"certificate_update","data":{"leaf_cert":{"serial_number":"AB:CD:EF",)"
      R"("all_domains":["example.org","www.one.more.example"]}}})";
  const std::string wire = wire_of({message});
  Reader reader(10, "one.more.example");
  reader.read(wire);

  const std::size_t before = testing::allocations();
  reader.read(wire);
  CHECK(testing::allocations() > before);
  CHECK(reader.matches() == 2);
}

}  // namespace
}  // namespace certwatch
