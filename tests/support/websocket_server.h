// A websocket server on loopback that does exactly what a test's script says: raw sockets, its own
// framing, TLS where it is given an identity. Every wait ends after a minute, or when the server
// goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/descriptor.h"

namespace certwatch {

// A certificate made for the occasion that vouches for itself, and its key.
struct TlsIdentity {
  std::string certificate_pem;
  std::string key_pem;

  // `names` as OpenSSL writes them: "DNS:localhost", "IP:127.0.0.1,IP:::1".
  static TlsIdentity made_out_to(const std::string& names);
};

// Puts a file in the place of the system's certificate store for as long as it lives. Not while
// other threads read the environment.
class TrustedCertificate {
 public:
  explicit TrustedCertificate(const std::string& pem);
  ~TrustedCertificate();
  TrustedCertificate(const TrustedCertificate&) = delete;
  TrustedCertificate& operator=(const TrustedCertificate&) = delete;

 private:
  std::string path_;
};

// The bytes of a frame from server to client. `first_bits` are FIN and the reserved ones: 0x80 is a
// final frame, 0xc0 a final compressed one, 0 one that is continued.
std::string server_frame(unsigned opcode, std::string_view payload, unsigned first_bits = 0x80);
inline std::string text_frame(std::string_view text) {
  return server_frame(0x1, text);
}
// As certstream-server-go sends what is longer than 8 KB.
inline std::string fragmented_as_the_real_server(std::string_view text) {
  return server_frame(0x1, text, 0) + server_frame(0x0, "");
}

// One client as its script sees it. Nothing here throws or fails a test: a script that is left by
// its client runs through to its end.
class ServedClient {
 public:
  struct Frame {
    unsigned opcode = 0;
    bool is_masked = false;
    std::string payload;
  };

  virtual ~ServedClient() = default;

  virtual void send(std::string_view bytes) = 0;
  // What comes next; empty where the client has ended.
  virtual std::string receive() = 0;
  // Until everything that was sent has arrived at the client's end, read or not.
  virtual void wait_until_arrived() = 0;
  // Ends the connection so that the client sees a reset, not an end.
  virtual void reset() = 0;

  // The head of a request, up to and including the empty line.
  std::string read_request();
  // Says 101 to it; `more_fields` are whole lines.
  void accept(const std::string& request, const std::string& more_fields = "");
  // Both of these.
  std::string upgrade();
  // The next frame of the client; nothing where it has ended.
  std::optional<Frame> receive_frame();
  // Reads until the client ends. The opcodes of what it still sent.
  std::vector<unsigned> wait_for_end();

 private:
  std::string unread_;
};

class WebSocketServer {
 public:
  using Script = std::function<void(ServedClient&)>;
  enum class Address { ipv4, ipv6 };

  // One script per connection, in the order they come; the last for all that follow. Connections
  // are served one after the other, on the server's thread.
  explicit WebSocketServer(std::vector<Script> scripts, std::optional<TlsIdentity> identity = {},
                           Address address = Address::ipv4);
  ~WebSocketServer();
  WebSocketServer(const WebSocketServer&) = delete;
  WebSocketServer& operator=(const WebSocketServer&) = delete;

  std::uint16_t port() const { return port_; }
  // "ws://127.0.0.1:PORT/", "wss://localhost:PORT/" with an identity.
  std::string url() const;
  int connections() const { return connections_; }

 private:
  void run();

  const std::vector<Script> scripts_;
  const std::optional<TlsIdentity> identity_;
  const Address address_;
  std::uint16_t port_ = 0;
  Descriptor listener_;
  Descriptor end_;  // an eventfd
  std::atomic<int> connections_{0};
  std::jthread thread_;
};

}  // namespace certwatch
