#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "support/catch.h"
#include "support/loopback.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

struct Served {
  explicit Served(HttpServerOptions options = {}) {
    options.port = 0;
    auto started = HttpServer::start(
        options,
        {{"/healthz",
          [this] {
            return Page{200, "application/json", "{\"n\":" + std::to_string(++made) + '}'};
          }},
         {"/large",
          [] {
            return Page{200, "text/plain", std::string(8'000'000, 'x')};
          }},
         {"/broken", []() -> Page { throw std::runtime_error("the password is hunter2"); }}},
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
  std::unique_ptr<HttpServer> server;
};

TEST_CASE("a page is served, and the connection closed") {
  const Served served;
  const std::string answer = served.get("/healthz");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 200 "));
  CHECK_THAT(answer, ContainsSubstring("\r\nContent-Type: application/json\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nContent-Length: 7\r\n"));
  CHECK_THAT(answer, ContainsSubstring("\r\nCache-Control: no-store\r\n"));
  CHECK_THAT(answer, EndsWith("\r\n\r\n{\"n\":1}"));
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
      GENERATE("/", "/healthz/", "/HEALTHZ", "//healthz", "/../healthz");
  CHECK_THAT(served.get(path), StartsWith("HTTP/1.1 404 "));
  CHECK(served.made == 0);
}

TEST_CASE("other methods are refused and make nothing") {
  const Served served;
  const char* method = GENERATE("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get");
  const std::string answer =
      served.ask(std::string(method) + " /healthz HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 4"));
  CHECK(served.made == 0);
}

TEST_CASE("a request may come byte by byte") {
  const Served served;
  const Descriptor socket = served.connection();
  for (const char c : std::string("GET /healthz HTTP/1.1\r\n\r\n")) {
    REQUIRE(loopback::send_all(socket, {&c, 1}));
  }
  CHECK_THAT(loopback::receive_all(socket), EndsWith("{\"n\":1}"));
}

TEST_CASE("a peer that sends nothing is let go") {
  const Served served;
  const Descriptor silent = served.connection();
  CHECK(loopback::receive_all(silent).empty());
}

TEST_CASE("a head without end costs only its own connection") {
  const Served served;
  const Descriptor socket = served.connection();
  loopback::send_all(socket, "GET /healthz HTTP/1.1\r\n" + std::string(20'000, 'b'));
  CHECK_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("stop ends the server, and the port is free then") {
  Served served;
  const std::uint16_t port = served.server->bound_port();
  CHECK(served.server->stop(Seconds{30}));
  CHECK(served.life.complaint(served.clock.steady_now()).empty());
  served.server.reset();

  HttpServerOptions options;
  options.port = port;
  CHECK(HttpServer::start(options, {}, served.life));
}

TEST_CASE("stop does not wait longer than it is told to for a peer that hangs on") {
  Served served;
  const Descriptor slow = served.connection();
  loopback::send_all(slow, "GET /large HTTP/1.1\r\n\r\n");
  REQUIRE(loopback::is_readable(slow));
  CHECK_FALSE(served.server->stop(Seconds{0.01}));
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

TEST_CASE("silent and slow peers keep nobody from the pages") {
  const Served served;
  std::vector<Descriptor> peers;
  for (int i = 0; i < 60; ++i) peers.push_back(served.connection());
  for (const Descriptor& peer : peers) {
    loopback::send_all(peer, "G");
    CHECK_THAT(served.get("/healthz"), StartsWith("HTTP/1.1 200 "));
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
        "cannot listen on 127.0.0.1 port " + std::to_string(options.port) + ": Address already in use");
}

TEST_CASE("an address of another machine is an error that names it") {
  MachineClock clock;
  LifeSign life("http", clock);
  HttpServerOptions options;
  options.host = "192.0.2.1";
  const auto started = HttpServer::start(options, {}, life);
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message, StartsWith("cannot listen on 192.0.2.1 port 8765: "));
}

TEST_CASE("a name that cannot be resolved is an error that names it") {
  MachineClock clock;
  LifeSign life("http", clock);
  HttpServerOptions options;
  options.host = "no such host";
  const auto started = HttpServer::start(options, {}, life);
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message, StartsWith("cannot listen on no such host port 8765: "));
}

bool has_ipv6() {
  const Descriptor socket(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

TEST_CASE("IPv6 addresses are listened on, with brackets or without") {
  if (!has_ipv6()) {
    WARN("this machine has no IPv6 loopback");
    return;
  }
  HttpServerOptions options;
  options.host = GENERATE("::1", "[::1]", "::");
  const Served served(options);
  const Descriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  address.sin6_port = htons(served.server->bound_port());
  REQUIRE(connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  loopback::send_all(socket, "GET /healthz HTTP/1.1\r\n\r\n");
  CHECK_THAT(loopback::receive_all(socket), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace certwatch
