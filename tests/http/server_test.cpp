#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "base/pause.h"
#include "http/probe.h"
#include "support/catch.h"
#include "support/loopback.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

// What it says of itself is what those who log it do not expect.
struct Unspeakable : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

struct Served {
  explicit Served(HttpServerOptions options = {}) {
    options.port = 0;
    auto started = HttpServer::start(
        options,
        {{"/healthz",
          [this] {
            return Page{200, "application/json", "{\"n\":" + std::to_string(++made) + '}'};
          }},
         {"/broken", []() -> Page { throw std::runtime_error("the password is hunter2"); }},
         {"/deadly", []() -> Page { throw Unspeakable(); }},
         {"/large",
          [] {
            return Page{200, "text/plain", std::string(8'000'000, 'x')};
          }},
         {"/unwell",
          [] {
            return Page{503, "text/plain", "no"};
          }},
         {"/blocking",
          [this] {
            is_blocking = true;
            const std::lock_guard wait_for_it(blocker);
            return Page{};
          }}},
        life);
    REQUIRE(started);
    server = std::move(*started);
  }

  Descriptor connection() const { return loopback::connect_to(server->bound_port()); }
  std::string ask(const std::string& request) const {
    const Descriptor socket = connection();
    loopback::send_all(socket, request);
    return loopback::receive_all(socket);
  }
  std::string get(const std::string& path) const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  MachineClock clock;
  LifeSign life{"http", clock};
  std::atomic<int> made{0};
  std::atomic<bool> is_blocking{false};
  std::mutex blocker;
  std::unique_ptr<HttpServer> server;
};

// Whether it takes no longer at one of ten tries: others may keep the machine busy at some.
template <class Attempt>
bool can_end_within(Seconds limit, Attempt attempt) {
  for (int i = 0; i < 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    attempt();
    if (std::chrono::steady_clock::now() - start < limit) return true;
  }
  return false;
}

TEST_CASE("a page is served, and the connection closed") {
  const Served served;
  const std::string answer = served.get("/healthz");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nContent-Type: application/json\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nContent-Length: 7\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nCache-Control: no-store\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nConnection: close\r\n"));
  CHECK_THAT(answer, EndsWith("\r\n\r\n{\"n\":1}"));
}

TEST_CASE("a page has the status that it was made with") {
  const Served served;
  CHECK_THAT(served.get("/unwell"), StartsWith("HTTP/1.1 503 "));
}

TEST_CASE("a query makes no difference") {
  const Served served;
  CHECK_THAT(served.get("/healthz?verbose=1"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("HEAD is a GET without the body") {
  const Served served;
  const std::string answer = served.ask("HEAD /healthz HTTP/1.1\r\n\r\n");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(answer, ContainsSubstring("Content-Length: 7\r\n"));
  CHECK_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_CASE("other paths are 404") {
  const Served served;
  const char* path =
      GENERATE("/", "/healthz/", "/HEALTHZ", "/healthzz", "//healthz", "/../healthz", "*");
  CHECK_THAT(served.get(path), StartsWith("HTTP/1.1 404 "));
  CHECK(served.made == 0);
}

TEST_CASE("other methods are refused and make nothing") {
  const Served served;
  const char* method = GENERATE("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get");
  const std::string answer =
      served.ask(std::string(method) + " /healthz HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 4"));
  CHECK(served.made == 0);
}

TEST_CASE("what a page maker throws is not told") {
  const Served served;
  const std::string answer = served.get("/broken");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 500 "));
  CHECK(answer.find("hunter2") == std::string::npos);
  CHECK_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a large page arrives whole") {
  const Served served;
  const std::string answer = served.get("/large");
  CHECK(answer.size() > 8'000'000);
  CHECK_THAT(answer, EndsWith("xxx"));
}

TEST_CASE("a page is sent once, however many of its parts are asked for") {
  const Served served;
  std::string ranges = "Range: bytes=0-0";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  const std::string answer = served.ask("GET /healthz HTTP/1.1\r\n" + ranges + "\r\n\r\n");
  CHECK(answer.size() < 1000);
}

TEST_CASE("a request may come byte by byte") {
  const Served served;
  const Descriptor socket = served.connection();
  for (const char c : std::string("GET /healthz HTTP/1.1\r\n\r\n")) {
    REQUIRE(loopback::send_all(socket, {&c, 1}));
  }
  CHECK_THAT(loopback::receive_all(socket), EndsWith("{\"n\":1}"));
}

TEST_CASE("a request without end is cut off") {
  const Served served;
  const std::string start =
      GENERATE("", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nX: ",
               "POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const Descriptor socket = served.connection();
  loopback::send_all(socket, start);
  while (loopback::send_all(socket, std::string(4096, 'a'))) {
  }
  CHECK(served.made == 0);
}

// Forty that say nothing, and twenty that send a byte now and then, as long as it lives.
class BadPeers {
 public:
  explicit BadPeers(const Served& served) {
    for (int i = 0; i < 60; ++i) peers_.push_back(served.connection());
    dribbler_ = std::jthread([this](const std::stop_token& stop) {
      do {
        for (std::size_t i = 40; i < peers_.size(); ++i) loopback::send_all(peers_[i], "G");
      } while (pause(std::chrono::milliseconds(100), stop));
    });
  }
  std::vector<Descriptor>& all() { return peers_; }

 private:
  std::vector<Descriptor> peers_;
  std::jthread dribbler_;
};

TEST_CASE("silent and slow peers keep nobody from the pages") {
  const Served served;
  // They hang on for two seconds.
  CHECK(can_end_within(Seconds{1}, [&served] {
    const BadPeers peers(served);
    for (int i = 0; i < 50; ++i) {
      REQUIRE_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
    }
  }));
}

TEST_CASE("silent and slow peers are let go") {
  const Served served;
  BadPeers peers(served);
  for (const Descriptor& peer : peers.all()) CHECK(loopback::receive_all(peer).empty());
}

TEST_CASE("idle peers, however many and however often renewed, keep nobody from the pages") {
  const Served served;
  std::deque<Descriptor> idle;
  while (idle.size() < most_peers + 50) idle.push_back(served.connection());
  for (int i = 0; i < 100; ++i) {
    idle.pop_front();
    idle.push_back(served.connection());
    REQUIRE_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_CASE("one peer too many: the oldest is closed as soon as it has had its time, and no other") {
  const Served served;
  std::deque<Descriptor> peers;
  CHECK(can_end_within(Seconds{1.5}, [&] {
    for (const Descriptor& peer : peers) loopback::receive_all(peer);
    peers.clear();
    while (peers.size() <= most_peers) peers.push_back(served.connection());
    CHECK(loopback::receive_all(peers.front()).empty());
    CHECK_FALSE(loopback::is_readable(peers[1], 0));
  }));
}

TEST_CASE("peers that do not read their pages keep nobody from them") {
  const Served served;
  std::vector<Descriptor> peers;
  for (std::size_t i = 0; i < most_peers / 2; ++i) {
    peers.push_back(served.connection());
    loopback::send_all(peers.back(), "GET /large HTTP/1.1\r\n\r\n");
    if (i % 16 == 0) REQUIRE_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_CASE("a page maker that is stuck keeps nobody from the other pages") {
  Served served;
  std::unique_lock hold(served.blocker);
  const Descriptor socket = served.connection();
  loopback::send_all(socket, "GET /blocking HTTP/1.1\r\n\r\n");
  while (!served.is_blocking) std::this_thread::yield();
  CHECK_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
  hold.unlock();
  CHECK_THAT(loopback::receive_all(socket), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a thread for pages that dies is the end of the server, and told") {
  std::promise<void> failed;
  HttpServerOptions options;
  options.on_failure = [&failed] { failed.set_value(); };
  const Served served(options);
  CHECK(served.get("/deadly").empty());
  REQUIRE(failed.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK_THAT(served.life.complaint(served.clock.steady_now()), StartsWith("thread http died: "));
  CHECK(served.server->stop(Seconds{10}));
}

TEST_CASE("stop waits for no peer, and the port is free then") {
  std::uint16_t port = 0;
  CHECK(can_end_within(Seconds{1.5}, [&port] {
    Served served;
    port = served.server->bound_port();
    const Descriptor silent = served.connection();
    const Descriptor slow = served.connection();
    loopback::send_all(slow, "GET /large HTTP/1.1\r\n\r\n");
    REQUIRE(loopback::is_readable(slow));
    CHECK(served.server->stop(Seconds{10}));
    CHECK(served.life.complaint(served.clock.steady_now()).empty());
  }));

  HttpServerOptions options;
  options.port = port;
  const MachineClock clock;
  LifeSign life{"http", clock};
  CHECK(HttpServer::start(options, {}, life));
}

TEST_CASE("stop tells of a page maker that does not end") {
  Served served;
  std::unique_lock hold(served.blocker);
  const Descriptor socket = served.connection();
  loopback::send_all(socket, "GET /blocking HTTP/1.1\r\n\r\n");
  while (!served.is_blocking) std::this_thread::yield();
  CHECK_FALSE(served.server->stop(Seconds{0.01}));
  hold.unlock();
  CHECK(served.server->stop(Seconds{10}));
}

TEST_CASE("a server that is gone before it listens does no harm") {
  for (int i = 0; i < 20; ++i) {
    const Served served;
  }
}

TEST_CASE("a port that is taken is an error that names it") {
  const Served served;
  HttpServerOptions options;
  options.port = served.server->bound_port();
  LifeSign life("another", served.clock);
  const auto second = HttpServer::start(options, {}, life);
  REQUIRE_FALSE(second);
  CHECK(second.error().message ==
        "cannot listen on 127.0.0.1:" + std::to_string(options.port) + ": Address already in use");
}

struct Unusable {
  const char* host;
  const char* told;
};

TEST_CASE("an address that cannot be listened on is an error that names it") {
  const auto row = GENERATE(
      Unusable{"192.0.2.1", "cannot listen on 192.0.2.1:8765: Cannot assign requested address"},
      Unusable{"2001:db8::1", "cannot listen on [2001:db8::1]:8765: "},
      Unusable{"no such host", "cannot listen on no such host:8765: "},
      Unusable{"", "cannot listen on :8765: "});
  const MachineClock clock;
  LifeSign life("http", clock);
  HttpServerOptions options;
  options.host = row.host;
  const auto started = HttpServer::start(options, {}, life);
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message, StartsWith(row.told));
}

bool has_ipv6() {
  const Descriptor socket(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

TEST_CASE("a probe gets the page, whatever the server listens on") {
  HttpServerOptions options;
  options.host = GENERATE("127.0.0.1", "0.0.0.0", "::1", "::");
  if (options.host.find(':') != std::string::npos && !has_ipv6()) {
    WARN("this machine has no IPv6 loopback");
    return;
  }
  const Served served(options);
  const auto answer = probe(options.host, served.server->bound_port(), "/healthz");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "{\"n\":1}");
  // The wildcard takes IPv4 too.
  if (options.host == "::") CHECK_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a probe that finds nobody says where it looked") {
  std::uint16_t port = 0;
  {
    const Served gone;
    port = gone.server->bound_port();
  }
  const auto answer = probe("127.0.0.1", port, "/healthz");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message ==
        "no page from 127.0.0.1 port " + std::to_string(port) + ": TCP: Connection refused");
}

TEST_CASE("a probe does not wait for ever") {
  Served served;
  const std::lock_guard hold(served.blocker);
  CHECK_FALSE(probe("127.0.0.1", served.server->bound_port(), "/blocking"));
}

}  // namespace
}  // namespace certwatch
