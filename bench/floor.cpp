// bench_floor: what receiving costs at the least, to measure certwatch against.
//
//   bench_floor --bare PORT [CA_FILE]    receives 64 KB at a time and looks at nothing
//   bench_floor --index URL              frames with certwatch's websocket, skims with simdjson
//
// Connects again when the feed has closed; ends with standard input. CA_FILE: over TLS.
#include <csignal>
#include <iostream>
#include <memory>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/number.h"
#include "decode/certstream_json.h"
#include "net/descriptor.h"
#include "net/websocket_client.h"

namespace certwatch::bench {
namespace {

constexpr std::size_t receive_size = std::size_t{64} * 1024;
constexpr std::string_view request =
    "GET /full-stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

Descriptor connect_to(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

bool receive_plain(std::uint16_t port) {
  const Descriptor socket = connect_to(port);
  if (!socket.is_open()) return false;
  std::vector<char> bytes(receive_size);
  if (::send(socket.number(), request.data(), request.size(), 0) < 0) return false;
  while (::recv(socket.number(), bytes.data(), bytes.size(), 0) > 0) {
  }
  return true;
}

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

bool receive_tls(std::uint16_t port, const char* authority) {
  const Descriptor socket = connect_to(port);
  if (!socket.is_open()) return false;
  const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context.get(), authority, nullptr) != 1) return false;
  const std::unique_ptr<SSL, FreeTls> tls(SSL_new(context.get()));
  SSL_set_fd(tls.get(), socket.number());
  if (SSL_connect(tls.get()) != 1) return false;
  std::vector<char> bytes(receive_size);
  if (SSL_write(tls.get(), request.data(), static_cast<int>(request.size())) <= 0) return false;
  while (SSL_read(tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0) {
  }
  return true;
}

bool skim_messages(const Url& url, std::stop_token stop) {
  const MachineClock clock;
  WebSocketOptions options;
  options.offers_deflate = true;
  WebSocketClient client(url, options, clock);
  auto socket = client.connect(stop);
  if (!socket) return false;
  CertstreamDecoder decoder;
  while (true) {
    const ReadOutcome outcome = socket->read(clock.steady_now() + std::chrono::seconds(60));
    if (const auto* message = std::get_if<Message>(&outcome)) {
      if (!decoder.skim(*message)) return false;
    } else if (!std::holds_alternative<TimedOut>(outcome)) {
      return true;
    }
  }
}

template <class Receive>
int repeat(std::stop_source& stop, Receive&& receive) {
  const std::jthread reader([&] {
    while (!stop.stop_requested()) {
      if (!receive()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
  stop.request_stop();
  std::_Exit(0);
}

int run(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  std::stop_source stop;
  if (mode == "--bare") {
    const auto port = parse_number<std::uint16_t>(argv[2]);
    if (!port) return 2;
    if (argc > 3) return repeat(stop, [&] { return receive_tls(*port, argv[3]); });
    return repeat(stop, [&] { return receive_plain(*port); });
  }
  if (mode == "--index") {
    const auto url = parse_url(argv[2], {Scheme::ws, Scheme::wss});
    if (!url) return 2;
    return repeat(stop, [&] { return skim_messages(*url, stop.get_token()); });
  }
  std::cerr << "bench_floor --bare PORT [CA_FILE] | --index URL\n";
  return 2;
}

}  // namespace
}  // namespace certwatch::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return certwatch::bench::run(argc, argv);
}
