#include "net/websocket_client.h"

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "net/compressed_run.h"
#include "support/catch.h"
#include "support/data_file.h"
#include "support/fake_clock.h"
#include "support/websocket_server.h"

namespace certwatch {
namespace {

using namespace std::chrono_literals;

// As the service does (app/signals.h).
[[maybe_unused]] const auto handler_before = std::signal(SIGPIPE, SIG_IGN);

// Longer than any test takes; a test that gets here has failed.
constexpr auto patience = 60s;

struct Connected {
  explicit Connected(const std::string& url, WebSocketOptions options = {})
      : client(*parse_url(url, {Scheme::ws, Scheme::wss}), options, clock),
        socket(client.connect(stop.get_token())) {}

  ReadOutcome read(std::chrono::milliseconds at_most = patience) {
    return socket->read(clock.steady_now() + at_most);
  }
  // The next message, or a word for what came instead.
  std::string text() {
    const ReadOutcome outcome = read();
    if (const auto* message = std::get_if<Message>(&outcome)) {
      return {message->bytes, message->size};
    }
    if (const auto* closed = std::get_if<Closed>(&outcome)) return "closed: " + closed->why;
    return std::holds_alternative<TooLarge>(outcome) ? "too large" : "nothing";
  }
  Closed::Kind closed_kind() {
    const ReadOutcome outcome = read();
    REQUIRE(std::holds_alternative<Closed>(outcome));
    return std::get<Closed>(outcome).kind;
  }

  MachineClock clock;
  std::stop_source stop;
  WebSocketClient client;
  Result<WebSocket> socket;
};

WebSocketServer::Script sends(std::string bytes) {
  return [bytes](ServedClient& client) {
    client.upgrade();
    client.send(bytes);
    client.wait_for_end();
  };
}

WebSocketServer::Script says(std::string answer) {
  return [answer](ServedClient& client) {
    client.read_request();
    client.send(answer);
    client.wait_for_end();
  };
}

TEST_CASE("messages arrive as they were sent") {
  const std::string large(300'000, 'x');
  const WebSocketServer server({sends(text_frame("one") + server_frame(0x2, "two") +
                                      fragmented_as_the_real_server(large) + text_frame(""))});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "one");
  CHECK(peer.text() == "two");
  CHECK(peer.text() == large);
  CHECK(peer.text().empty());
}

TEST_CASE("frames that come in one piece with the handshake's answer are read") {
  const WebSocketServer server({[](ServedClient& client) {
    const std::string request = client.read_request();
    client.accept(request, "X-Padding: " + std::string(3000, 'x') + "\r\n");
    client.send(text_frame("at once"));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "at once");
}

TEST_CASE("a message carries the time it came and readable bytes behind it") {
  const WebSocketServer server({sends(text_frame("message"))});
  const MachineClock clock;
  const SteadyTime before = clock.steady_now();
  const SystemTime before_system = clock.system_now();
  Connected peer(server.url());
  REQUIRE(peer.socket);
  const ReadOutcome outcome = peer.read();
  const auto& message = std::get<Message>(outcome);
  CHECK(message.received_steady >= before);
  CHECK(message.received_steady <= clock.steady_now());
  CHECK(message.received_at >= before_system);
  for (std::size_t i = 0; i < message_padding; ++i) {
    volatile const char behind = message.bytes[message.size + i];
    static_cast<void>(behind);
  }
}

TEST_CASE("the request carries path, query, host and user info") {
  std::promise<std::string> request;
  const WebSocketServer server({[&](ServedClient& client) {
    request.set_value(client.upgrade());
    client.wait_for_end();
  }});
  const std::string port = std::to_string(server.port());
  Connected peer("ws://user:pass@127.0.0.1:" + port + "/full-stream?x=1");
  REQUIRE(peer.socket);
  const std::string text = request.get_future().get();
  CHECK_THAT(text, Catch::Matchers::StartsWith("GET /full-stream?x=1 HTTP/1.1\r\n"));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("\r\nHost: 127.0.0.1:" + port + "\r\n"));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("Basic dXNlcjpwYXNz\r\n"));
}

TEST_CASE("IPv6 is spoken too") {
  std::unique_ptr<WebSocketServer> server;
  try {
    server = std::make_unique<WebSocketServer>(std::vector{sends(text_frame("six"))}, std::nullopt,
                                               WebSocketServer::Address::ipv6);
  } catch (const std::runtime_error&) {
    WARN("this machine has no IPv6: not tested");
    return;
  }
  Connected peer(server->url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "six");
}

TEST_CASE("a ping is answered with its own payload, masked") {
  std::promise<ServedClient::Frame> answer;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    client.send(server_frame(0x9, "echo this"));
    answer.set_value(client.receive_frame().value_or(ServedClient::Frame{}));
    client.send(text_frame("done"));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "done");
  const auto frame = answer.get_future().get();
  CHECK(frame.opcode == 0xa);
  CHECK(frame.is_masked);
  CHECK(frame.payload == "echo this");
}

TEST_CASE("pings go out at their interval also while messages stream in") {
  std::promise<bool> pinged;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    std::jthread flood([&](std::stop_token stop) {
      while (!stop.stop_requested()) client.send(text_frame("busy"));
    });
    const auto frame = client.receive_frame();
    pinged.set_value(frame && frame->opcode == 0x9);
    flood.request_stop();
    flood.join();
    client.send(server_frame(0x8, ""));
    client.wait_for_end();
  }});
  WebSocketOptions options;
  options.ping_interval = 20ms;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  while (peer.text() == "busy") {
  }
  CHECK(pinged.get_future().get());
}

TEST_CASE("a peer that answers pings is kept") {
  std::promise<int> answered;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    int pings = 0;
    while (pings < 5) {
      const auto frame = client.receive_frame();
      if (!frame) break;
      if (frame->opcode != 0x9) continue;
      ++pings;
      client.send(server_frame(0xa, frame->payload));
    }
    answered.set_value(pings);
    client.send(text_frame("still here"));
    client.wait_for_end();
  }});
  WebSocketOptions options;
  options.ping_interval = 10ms;
  options.pong_patience = patience;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  CHECK(peer.text() == "still here");
  CHECK(answered.get_future().get() == 5);
}

TEST_CASE("a peer whose pong does not come is given up") {
  const WebSocketServer server({sends("")});
  WebSocketOptions options;
  options.ping_interval = 10ms;
  options.pong_patience = 30ms;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  CHECK(peer.closed_kind() == Closed::Kind::silent);
}

TEST_CASE("a peer that streams but never answers a ping is given up too") {
  const WebSocketServer server({[](ServedClient& client) {
    client.upgrade();
    const std::string frames = text_frame(std::string(60'000, 'x'));
    // Ends when the client does: send() returns at once then.
    std::jthread flood([&](std::stop_token stop) {
      while (!stop.stop_requested()) client.send(frames);
    });
    client.wait_for_end();
  }});
  WebSocketOptions options;
  options.ping_interval = 10ms;
  options.pong_patience = 20ms;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  for (;;) {
    const ReadOutcome outcome = peer.read();
    if (std::holds_alternative<Message>(outcome)) continue;
    REQUIRE(std::holds_alternative<Closed>(outcome));
    CHECK(std::get<Closed>(outcome).kind == Closed::Kind::silent);
    break;
  }
}

TEST_CASE("a pong that lay unread for too long counts: it was us who did not look") {
  std::promise<void> answer;
  std::promise<void> answered;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    client.receive_frame();
    answer.get_future().wait();
    client.send(server_frame(0xa, "") + text_frame("here"));
    client.wait_until_arrived();
    answered.set_value();
    client.wait_for_end();
  }});
  FakeClock clock;
  WebSocketClient client(*parse_url(server.url(), {Scheme::ws}), {}, clock);
  auto socket = client.connect({});
  REQUIRE(socket);
  clock.advance(20s);
  CHECK(std::holds_alternative<TimedOut>(socket->read(clock.steady_now())));  // and has pinged
  answer.set_value();
  answered.get_future().wait();
  clock.advance(25s);
  CHECK(std::holds_alternative<Message>(socket->read(clock.steady_now())));
}

TEST_CASE("a peer is given up when all it sent has been read and the pong is not there") {
  const WebSocketServer server({sends("")});
  FakeClock clock;
  WebSocketClient client(*parse_url(server.url(), {Scheme::ws}), {}, clock);
  auto socket = client.connect({});
  REQUIRE(socket);
  clock.advance(20s);
  CHECK(std::holds_alternative<TimedOut>(socket->read(clock.steady_now())));
  clock.advance(Seconds{19.9});
  CHECK(std::holds_alternative<TimedOut>(socket->read(clock.steady_now())));
  clock.advance(Seconds{0.1});
  const ReadOutcome outcome = socket->read(clock.steady_now());
  REQUIRE(std::holds_alternative<Closed>(outcome));
  CHECK(std::get<Closed>(outcome).kind == Closed::Kind::silent);
}

TEST_CASE("a read of a silent peer ends at its deadline, and the connection goes on") {
  std::promise<void> go_on;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    go_on.get_future().wait();
    client.send(text_frame("late"));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(std::holds_alternative<TimedOut>(peer.read(5ms)));
  CHECK(std::holds_alternative<TimedOut>(peer.read(0ms)));
  go_on.set_value();
  CHECK(peer.text() == "late");
}

TEST_CASE("a read that comes too late still gets what had arrived") {
  const WebSocketServer server({[](ServedClient& client) {
    const std::string request = client.read_request();
    client.accept(request);
    client.send(text_frame("one") + text_frame("two"));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "one");
  CHECK(std::holds_alternative<Message>(peer.read(-1h)));
}

TEST_CASE("a peer that sends frames but no message does not hold the reader") {
  const WebSocketServer server({[](ServedClient& client) {
    client.upgrade();
    std::string pongs;
    for (int i = 0; i < 1000; ++i) pongs += server_frame(0xa, "");
    std::jthread flood([&](std::stop_token stop) {
      while (!stop.stop_requested()) client.send(pongs);
    });
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(std::holds_alternative<TimedOut>(peer.read(20ms)));
  CHECK(std::holds_alternative<TimedOut>(peer.read(20ms)));
}

TEST_CASE("a peer that pings without reading does not fill memory") {
  const WebSocketServer server({[](ServedClient& client) {
    client.upgrade();
    std::string pings;
    for (int i = 0; i < 20'000; ++i) pings += server_frame(0x9, std::string(125, 'p'));
    client.send(pings);
    client.send(text_frame("enough"));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "enough");
}

TEST_CASE("a message over the limit is reported, and the connection stays") {
  WebSocketOptions options;
  options.longest_message = 100'000;
  const WebSocketServer server(
      {sends(text_frame("a") + text_frame(std::string(5'000'000, 'x')) + text_frame("b"))});
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  CHECK(peer.text() == "a");
  const ReadOutcome outcome = peer.read();
  REQUIRE(std::holds_alternative<TooLarge>(outcome));
  CHECK(std::get<TooLarge>(outcome).size == 5'000'000);
  CHECK(peer.text() == "b");
}

TEST_CASE("invalid UTF-8 in a text message is the reader's business, not the connection's") {
  const WebSocketServer server({sends(text_frame("\xff\xfe") + text_frame("next"))});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "\xff\xfe");
  CHECK(peer.text() == "next");
}

TEST_CASE("a close frame is answered, and its code and reason are told") {
  std::promise<std::optional<ServedClient::Frame>> answer;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    client.send(text_frame("last") + server_frame(0x8,
                                                  "\x03\xf0"
                                                  "too slow"));
    answer.set_value(client.receive_frame());
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.text() == "last");
  const ReadOutcome outcome = peer.read();
  REQUIRE(std::holds_alternative<Closed>(outcome));
  CHECK(std::get<Closed>(outcome).kind == Closed::Kind::by_peer);
  CHECK(std::get<Closed>(outcome).why == "closed by the peer with code 1008: too slow");
  const auto frame = answer.get_future().get();
  REQUIRE(frame);
  CHECK(frame->opcode == 0x8);
  CHECK(frame->payload == "\x03\xf0");
}

TEST_CASE("an end without a close frame, a reset and garbage are told apart") {
  const WebSocketServer server({[](ServedClient& client) { client.upgrade(); },
                                [](ServedClient& client) {
                                  client.upgrade();
                                  client.reset();
                                },
                                sends("\xff\xff\xff\xff garbage")});
  for (const auto expected : {Closed::Kind::lost, Closed::Kind::lost, Closed::Kind::broken}) {
    Connected peer(server.url());
    REQUIRE(peer.socket);
    CHECK(peer.closed_kind() == expected);
  }
}

TEST_CASE("the client says good-bye") {
  std::promise<std::optional<ServedClient::Frame>> said;
  const WebSocketServer server({[&](ServedClient& client) {
    client.upgrade();
    said.set_value(client.receive_frame());
  }});
  {
    const Connected peer(server.url());
    REQUIRE(peer.socket);
  }
  const auto frame = said.get_future().get();
  REQUIRE(frame);
  CHECK(frame->opcode == 0x8);
  CHECK(frame->payload == "\x03\xe9");
}

TEST_CASE("a stop ends a read at once") {
  const WebSocketServer server({sends("")});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  auto outcome = std::async(std::launch::async, [&] { return peer.read(1h); });
  peer.stop.request_stop();
  REQUIRE(outcome.wait_for(patience) == std::future_status::ready);
  CHECK(std::holds_alternative<Stopped>(outcome.get()));
}

TEST_CASE("a stop ends every step of connecting") {
  const WebSocketServer server({[](ServedClient& client) { client.wait_for_end(); }});
  std::stop_source stop;
  MachineClock clock;
  WebSocketOptions options;
  options.connect_patience = 1h;
  const std::string scheme = GENERATE("ws", "wss");
  const std::string url = scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/";
  WebSocketClient client(*parse_url(url, {Scheme::ws, Scheme::wss}), options, clock);
  auto connected = std::async(std::launch::async, [&] { return client.connect(stop.get_token()); });
  stop.request_stop();
  REQUIRE(connected.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(connected.get());
}

TEST_CASE("a peer that accepts and says nothing is given up") {
  const WebSocketServer server({[](ServedClient& client) { client.wait_for_end(); }});
  WebSocketOptions options;
  options.connect_patience = 30ms;
  const std::string scheme = GENERATE("ws", "wss");
  const Connected peer(scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/", options);
  REQUIRE_FALSE(peer.socket);
  CHECK_THAT(peer.socket.error().message, Catch::Matchers::ContainsSubstring("no answer in time"));
}

TEST_CASE("a peer that dribbles its answer is given up at the same deadline") {
  const WebSocketServer server({[](ServedClient& client) {
    client.read_request();
    std::jthread dribble([&](std::stop_token stop) {
      client.send("HTTP/1.1 101 Slow\r\n");
      while (!stop.stop_requested()) {
        client.send("X");
        std::this_thread::yield();
      }
    });
    client.wait_for_end();
  }});
  WebSocketOptions options;
  options.connect_patience = 30ms;
  const Connected peer(server.url(), options);
  // Or, where the machine is fast, at the limit of a header's length.
  REQUIRE_FALSE(peer.socket);
}

TEST_CASE("an answer that is no upgrade is told") {
  const WebSocketServer server({says("HTTP/1.1 302 Found\r\nLocation: ws://elsewhere/\r\n\r\n"),
                                says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
                                says("\x15\x03\x01garbage"), says(""), [](ServedClient&) {},
                                [](ServedClient& client) { client.reset(); }});
  WebSocketOptions options;
  options.connect_patience = patience;
  const char* expected[] = {"HTTP status 302 in place of 101", "HTTP status 200",
                            "does not speak HTTP/1.1"};
  for (const char* text : expected) {
    const Connected peer(server.url(), options);
    REQUIRE_FALSE(peer.socket);
    CHECK_THAT(peer.socket.error().message, Catch::Matchers::ContainsSubstring(text));
  }
  options.connect_patience = 20ms;
  CHECK_FALSE(Connected(server.url(), options).socket);
  options.connect_patience = patience;
  CHECK_FALSE(Connected(server.url(), options).socket);
  CHECK_FALSE(Connected(server.url(), options).socket);
}

TEST_CASE("a port that nobody listens on is told at once") {
  std::string url;
  {
    const WebSocketServer server({sends("")});
    url = server.url();
  }
  const Connected peer(url);
  REQUIRE_FALSE(peer.socket);
  CHECK(peer.socket.error().message == "TCP: Connection refused");
}

TEST_CASE("a session of the real server is read to its end") {
  const WebSocketServer server({[](ServedClient& client) {
    client.upgrade();
    client.send(data_file("wire/full-stream.bin"));
    client.send(server_frame(0x8, ""));
    client.wait_for_end();
  }});
  Connected peer(server.url());
  REQUIRE(peer.socket);
  std::size_t bytes = 0;
  for (int message = 0; message < 5; ++message) bytes += peer.text().size();
  CHECK(bytes == 117'351);
  CHECK(peer.text() == "closed: closed by the peer");
}

WebSocketServer::Script compresses(std::string frames) {
  return [frames](ServedClient& client) {
    const std::string request = client.read_request();
    client.accept(request,
                  "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                  "client_no_context_takeover\r\n");
    client.send(frames);
    client.wait_for_end();
  };
}

TEST_CASE("compressed messages are read where compression was asked for") {
  const std::string hello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);  // RFC 7692 section 7.2.3.1
  const WebSocketServer server({compresses(server_frame(0x1, hello, 0xc0) + text_frame("plain") +
                                           server_frame(0x1, "no deflate", 0xc0)),
                                compresses("")});
  WebSocketOptions options;
  options.offers_deflate = true;
  {
    Connected peer(server.url(), options);
    REQUIRE(peer.socket);
    CHECK(peer.socket->is_deflated());
    CHECK(peer.text() == "Hello");
    CHECK(peer.text() == "plain");
    CHECK(peer.closed_kind() == Closed::Kind::broken);
  }
  options.offers_deflate = false;
  CHECK_FALSE(Connected(server.url(), options).socket);
}

TEST_CASE("a compressed session of the real server is read to its end") {
  const WebSocketServer server(
      {compresses(data_file("wire/full-stream.deflate.bin") + server_frame(0x8, ""))});
  WebSocketOptions options;
  options.offers_deflate = true;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  int messages = 0;
  std::string text;
  while ((text = peer.text()).front() == '{') ++messages;
  CHECK(messages == 23);
  CHECK(text == "closed: closed by the peer");
}

TEST_CASE("an inflated message over the limit is reported, and the connection stays") {
  const WebSocketServer server(
      {compresses(server_frame(0x1, compressed_run(4000), 0xc0) + text_frame("next"))});
  WebSocketOptions options;
  options.offers_deflate = true;
  options.longest_message = 100'000;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  CHECK(peer.text() == "too large");
  CHECK(peer.text() == "next");
}

TEST_CASE("wss reads from a server whose certificate the system trusts") {
  const auto identity = TlsIdentity::made_out_to("DNS:localhost,IP:127.0.0.1");
  const TrustedCertificate trusted(identity.certificate_pem);
  const std::string large(500'000, 'x');
  const WebSocketServer server(
      {sends(text_frame("one") + text_frame(large) + text_frame("two")),
       sends(text_frame("by address")), [](ServedClient& client) { client.upgrade(); }},
      identity);
  {
    Connected peer(server.url());
    REQUIRE(peer.socket);
    CHECK(peer.text() == "one");
    CHECK(peer.text() == large);
    CHECK(peer.text() == "two");
    CHECK(std::holds_alternative<TimedOut>(peer.read(5ms)));
  }
  {
    Connected peer("wss://127.0.0.1:" + std::to_string(server.port()) + "/");
    REQUIRE(peer.socket);
    CHECK(peer.text() == "by address");
  }
  Connected peer(server.url());
  REQUIRE(peer.socket);
  CHECK(peer.closed_kind() == Closed::Kind::lost);
}

TEST_CASE("wss answers and sends pings") {
  const auto identity = TlsIdentity::made_out_to("DNS:localhost");
  const TrustedCertificate trusted(identity.certificate_pem);
  std::promise<std::vector<unsigned>> opcodes;
  const WebSocketServer server({[&](ServedClient& client) {
                                 client.upgrade();
                                 client.send(server_frame(0x9, "x"));
                                 std::vector<unsigned> seen;
                                 for (int i = 0; i < 2; ++i) {
                                   const auto frame = client.receive_frame();
                                   seen.push_back(frame ? frame->opcode : 0);
                                 }
                                 opcodes.set_value(seen);
                                 client.send(text_frame("done"));
                                 client.wait_for_end();
                               }},
                               identity);
  WebSocketOptions options;
  options.ping_interval = 50ms;
  Connected peer(server.url(), options);
  REQUIRE(peer.socket);
  CHECK(peer.text() == "done");
  const auto seen = opcodes.get_future().get();
  CHECK(std::count(seen.begin(), seen.end(), 0x9U) >= 1);
  CHECK(seen.size() == 2);
}

TEST_CASE("a certificate nobody trusts is refused") {
  const WebSocketServer server({sends("")}, TlsIdentity::made_out_to("DNS:localhost"));
  const TrustedCertificate another(TlsIdentity::made_out_to("DNS:localhost").certificate_pem);
  const Connected peer(server.url());
  REQUIRE_FALSE(peer.socket);
  CHECK_THAT(peer.socket.error().message, Catch::Matchers::ContainsSubstring("not trusted"));
}

TEST_CASE("a certificate made out to another name is refused") {
  const auto identity = TlsIdentity::made_out_to("DNS:other.example,DNS:*.localhost,IP:127.0.0.2");
  const TrustedCertificate trusted(identity.certificate_pem);
  const WebSocketServer server({sends("")}, identity);
  const std::string port = std::to_string(server.port());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const Connected peer("wss://" + std::string(host) + ":" + port + "/");
    REQUIRE_FALSE(peer.socket);
    CHECK_THAT(peer.socket.error().message, Catch::Matchers::ContainsSubstring("mismatch"));
  }
}

TEST_CASE("TLS towards a server that speaks none is an error") {
  const WebSocketServer server({[](ServedClient& client) {
                                  client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                                  client.wait_for_end();
                                },
                                [](ServedClient&) {}});
  for (int round = 0; round < 2; ++round) {
    const Connected peer("wss://127.0.0.1:" + std::to_string(server.port()) + "/");
    REQUIRE_FALSE(peer.socket);
    CHECK_THAT(peer.socket.error().message, Catch::Matchers::StartsWith("TLS: "));
  }
}

}  // namespace
}  // namespace certwatch
