#include "feed/certstream/certstream_feed.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/data_file.h"
#include "support/websocket_server.h"

namespace certwatch {
namespace {

using namespace std::chrono_literals;
using Script = WebSocketServer::Script;

// Longer than any test takes; a test that gets here has failed.
constexpr auto patience = 60s;

// A message about a certificate with this one name.
std::string about(const std::string& name) {
  return R"({"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":[")" + name +
         R"("]}}})";
}
std::string frame_about(const std::string& name) {
  return text_frame(about(name));
}

// Keeps the first name of what it is given, and lets a test wait for it.
class Collector final : public EntrySink {
 public:
  void take(Entry& entry) override {
    const std::lock_guard lock(mutex_);
    names_.emplace_back(entry.names().front());
    changed_.notify_all();
  }
  // The first `count` names, or fewer where they do not come.
  std::vector<std::string> first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return names_.size() >= count; });
    return {names_.begin(),
            names_.begin() + static_cast<std::ptrdiff_t>(std::min(count, names_.size()))};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> names_;
};

// A feed on a thread of its own, as the service runs it, but one that loses patience soon.
struct RunningFeed {
  explicit RunningFeed(const std::string& url,
                       std::function<void(CertstreamOptions&)> change = {}) {
    CertstreamOptions options;
    options.url = *parse_url(url, {Scheme::ws, Scheme::wss});
    options.reconnect = {1ms, 5ms};
    options.sign_interval = 5ms;
    if (change) change(options);
    feed = std::make_unique<CertstreamFeed>(
        std::move(options), CertstreamFeed::Surroundings{metrics, board, positions, clock, life});
    thread = std::jthread([this](std::stop_token stop) { feed->run(stop, sink); });
  }
  // Until then the board may change at any time.
  void stop() {
    thread.request_stop();
    thread.join();
  }
  FeedStatus status() const { return board.all().front(); }
  // Whether the board comes to say so.
  bool comes_to(const std::function<bool(const FeedStatus&)>& state) const {
    const SteadyTime end = clock.steady_now() + patience;
    while (clock.steady_now() < end) {
      if (state(status())) return true;
      std::this_thread::yield();
    }
    return false;
  }
  double undecodable(UndecodableReason reason) const {
    return metrics.undecodable[static_cast<std::size_t>(reason)]->Value();
  }
  FeedMetrics of_feed() { return metrics.for_feed(status().name); }

  MachineClock clock;
  Metrics metrics{"1", "test"};
  FeedStatusBoard board;
  LogPositions positions;
  LifeSign life{"feed", clock};
  Collector sink;
  std::unique_ptr<CertstreamFeed> feed;
  std::jthread thread;
};

Script sends(std::string bytes) {
  return [bytes](ServedClient& client) {
    client.upgrade();
    client.send(bytes);
    client.wait_for_end();
  };
}
Script sends_and_leaves(std::string bytes) {
  return [bytes](ServedClient& client) {
    client.upgrade();
    client.send(bytes);
  };
}
Script says(std::string bytes) {
  return [bytes](ServedClient& client) {
    client.read_request();
    client.send(bytes);
  };
}

using Names = std::vector<std::string>;

TEST_CASE("a feed hands over what its server sends, and says that it is well") {
  const WebSocketServer server(
      {sends(frame_about("one") + fragmented_as_the_real_server(about("two")))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(2) == Names{"one", "two"});
  CHECK(running.comes_to([](const FeedStatus& s) { return s.well() && s.last_message; }));
  CHECK(running.status().name == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(running.of_feed().connected.Value() == 1);
  CHECK(running.of_feed().bytes.Value() == static_cast<double>(2 * about("one").size()));
  CHECK(running.of_feed().reconnects.Value() == 0);
  CHECK(running.metrics.ws_connected.Value() == 1);
  CHECK(running.life.complaint(running.clock.steady_now()).empty());
}

TEST_CASE("a feed that is stopped is no longer connected") {
  const WebSocketServer server({sends(frame_about("one"))});
  RunningFeed running(server.url());
  REQUIRE(running.sink.first(1).size() == 1);
  running.stop();
  CHECK_FALSE(running.status().connected);
  CHECK(running.of_feed().connected.Value() == 0);
  CHECK(running.metrics.ws_connected.Value() == 0);
}

TEST_CASE("a feed can be stopped wherever it is") {
  const Script script = GENERATE(
      Script([](ServedClient& client) { client.wait_for_end(); }),  // before the handshake's answer
      Script([](ServedClient& client) {                             // in it
        client.read_request();
        client.send("HTTP/1.1 101");
        client.wait_for_end();
      }),
      sends(""),                              // after it
      sends(frame_about("one")),              // waiting for the next message
      sends(std::string("\x01\x7e\x20", 3)),  // in the middle of a frame
      Script([](ServedClient&) {}));          // in back-off
  const WebSocketServer server({script});
  RunningFeed running(server.url(), [](CertstreamOptions& options) {
    options.reconnect = {std::chrono::hours(1), std::chrono::hours(1)};
  });
  while (server.connections() == 0) std::this_thread::yield();
  running.stop();  // does not return where the stop is not heard
  SUCCEED();
}

TEST_CASE("a feed reconnects however its connection ends, and reads on") {
  struct Ending {
    const char* why;
    Script script;
  };
  const Ending row = GENERATE(Ending{"a close frame", sends(server_frame(0x8, "\x03\xe9"))},
                              Ending{"an end without one", sends_and_leaves("")},
                              Ending{"a reset",
                                     [](ServedClient& client) {
                                       client.upgrade();
                                       client.reset();
                                     }},
                              Ending{"garbage", sends("\xff\xff\xff\xff")},
                              Ending{"half a frame", sends_and_leaves("\x81\x7e")});
  INFO(row.why);
  const WebSocketServer server({row.script, sends(frame_about("after"))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{"after"});
  CHECK(server.connections() == 2);
}

TEST_CASE("connections after the first are counted") {
  const WebSocketServer server({sends_and_leaves(frame_about("a")),
                                sends_and_leaves(frame_about("b")), sends(frame_about("c"))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(3) == Names{"a", "b", "c"});
  CHECK(running.of_feed().reconnects.Value() == 2);
  CHECK(running.of_feed().bytes.Value() == static_cast<double>(3 * about("a").size()));
}

TEST_CASE("a feed survives whatever answers in place of a websocket server") {
  const WebSocketServer server({[](ServedClient&) {}, [](ServedClient& client) { client.reset(); },
                                says("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\n\r\n"),
                                says("HTTP/1.1 500 Internal Server Error\r\n\r\n"),
                                says("\x16\x03\x01\x02"), says(std::string(100'000, 'x')),
                                says("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
                                sends(frame_about("at last"))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{"at last"});
  CHECK(running.of_feed().reconnects.Value() == 0);  // it is the first that came about
}

TEST_CASE("a feed waits for a server that is not there yet") {
  std::string url;
  { url = WebSocketServer({sends("")}).url(); }
  RunningFeed running(url);
  CHECK(running.comes_to([](const FeedStatus& s) { return s.why == "TCP: Connection refused"; }));
  CHECK(running.metrics.ws_connected.Value() == 0);
  CHECK_FALSE(running.status().connected);
}

TEST_CASE("a server that closes at once is not stormed") {
  const WebSocketServer server({sends_and_leaves("")});
  RunningFeed running(server.url(), [](CertstreamOptions& options) {
    options.reconnect = {1ms, std::chrono::hours(1)};
  });
  // Each wait is at least half of twice the last: 20 connections would take nine minutes.
  CHECK(running.comes_to([&](const FeedStatus&) { return server.connections() >= 3; }));
  running.stop();
  CHECK(server.connections() < 20);
}

TEST_CASE("a connection that was of use starts the back-off anew") {
  // Brings a message each time, then ends: with a back-off that grew it would not get this far.
  const WebSocketServer server({sends_and_leaves(frame_about("m"))});
  RunningFeed running(server.url(), [](CertstreamOptions& options) {
    options.reconnect = {1ms, std::chrono::hours(1)};
  });
  CHECK(running.sink.first(30).size() == 30);
}

TEST_CASE("a feed that falls silent is reconnected, and shows as stalled until it speaks again") {
  std::atomic<bool> speak = false;
  const Script says_nothing_for_long = [&](ServedClient& client) {
    client.upgrade();
    if (speak) client.send(frame_about("again"));
    client.wait_for_end();
  };
  const WebSocketServer server({sends(frame_about("one")), says_nothing_for_long});
  RunningFeed running(server.url(),
                      [](CertstreamOptions& options) { options.stall_after = Seconds{0.03}; });
  REQUIRE(running.sink.first(1).size() == 1);
  CHECK(running.comes_to([](const FeedStatus& s) { return s.stalled; }));
  CHECK(running.comes_to([](const FeedStatus& s) { return s.stalled && s.connected; }));
  CHECK_FALSE(running.status().well());
  speak = true;
  CHECK(running.comes_to([](const FeedStatus& s) { return s.well(); }));
  CHECK(running.sink.first(2).back() == "again");
}

TEST_CASE("messages at a distance shorter than the stall limit keep a connection") {
  std::atomic<bool> done = false;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    while (!done) {
      client.send(frame_about("tick"));
      std::this_thread::yield();
    }
    client.wait_for_end();
  }});
  RunningFeed running(server.url(),
                      [](CertstreamOptions& options) { options.stall_after = patience; });
  CHECK(running.sink.first(500).size() == 500);
  done = true;
  CHECK(server.connections() == 1);
}

TEST_CASE("a message over the limit is counted, and the connection stays") {
  const std::string piece(std::size_t{1} << 20, 'x');
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    client.send(server_frame(0x1, piece, 0));
    for (int i = 0; i < 32; ++i) client.send(server_frame(0x0, piece, 0));
    client.send(server_frame(0x0, "") + frame_about("next"));
    client.wait_for_end();
  }});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{"next"});
  CHECK(running.undecodable(UndecodableReason::too_large) == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("a message of 16 MiB is no problem") {
  const std::string large(std::size_t{16} << 20, 'x');
  const WebSocketServer server({sends(frame_about(large))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{large});
}

TEST_CASE("frames against the rules are counted and cost the connection") {
  const WebSocketServer server(
      {sends(server_frame(0x3, "no such opcode")), sends(frame_about("well again"))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{"well again"});
  CHECK(running.undecodable(UndecodableReason::websocket) == 1);
}

TEST_CASE("a message that cannot be understood is counted, and the connection stays") {
  const WebSocketServer server({sends(text_frame("\xff") + frame_about("next"))});
  RunningFeed running(server.url());
  CHECK(running.sink.first(1) == Names{"next"});
  CHECK(running.undecodable(UndecodableReason::invalid_utf8) == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("two feeds are read side by side, and one that is down does not hide the other") {
  const WebSocketServer server({sends(frame_about("up"))});
  std::string nobody;
  { nobody = WebSocketServer({sends("")}).url(); }
  RunningFeed up(server.url());
  CertstreamOptions options;
  options.url = *parse_url(nobody, {Scheme::ws});
  options.reconnect = {1ms, 5ms};
  CertstreamFeed down(options, {up.metrics, up.board, up.positions, up.clock, up.life});
  REQUIRE(up.sink.first(1).size() == 1);
  {
    std::jthread thread([&](std::stop_token stop) { down.run(stop, up.sink); });
    const SteadyTime end = up.clock.steady_now() + patience;
    while (up.board.all()[1].why != "TCP: Connection refused" && up.clock.steady_now() < end) {
      std::this_thread::yield();
    }
  }
  CHECK(up.board.all()[0].well());
  CHECK_FALSE(up.board.all()[1].well());
  CHECK(up.metrics.ws_connected.Value() == 1);
}

TEST_CASE("a compressed session of the real server is handed over") {
  const WebSocketServer server({[](ServedClient& client) {
    client.accept(client.read_request(),
                  "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                  "client_no_context_takeover\r\n");
    client.send(data_file("wire/full-stream.deflate.bin"));
    client.wait_for_end();
  }});
  RunningFeed running(server.url(),
                      [](CertstreamOptions& options) { options.offers_deflate = true; });
  const Names names = running.sink.first(23);
  CHECK(names.size() == 23);
  for (const std::string& name : names) CHECK(name.find('.') != std::string::npos);
}

}  // namespace
}  // namespace certwatch
