// The other end of a client's websocket: plain or TLS, blocking.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

#include "net/descriptor.h"

namespace certwatch::bench {

// A server's certificate and key, in PEM files.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

class Peer {
 public:
  // Takes the next connection and shakes hands. Nothing where that fails.
  static std::unique_ptr<Peer> accept(int listener, const std::optional<TlsFiles>& tls,
                                      bool with_deflate);
  virtual ~Peer() = default;

  // Everything, however long the peer takes. False once the connection is gone.
  bool send(const std::vector<iovec>& pieces);
  bool send(std::string_view bytes);

  // Answers the pings that have come. False once the peer has gone or said good-bye.
  bool answer_pings();
  // A ping that is answered once everything before it has been read.
  bool send_ping();
  // Until then, or until the peer is gone; false after `patience`.
  bool wait_for_pong(std::chrono::seconds patience);
  // Nothing more will come from us; then waits for the peer to end, too.
  bool end_and_wait(std::chrono::seconds patience);

  int descriptor() const { return socket_.number(); }

 protected:
  explicit Peer(Descriptor socket) : socket_(std::move(socket)) {}
  // As writev(2) and read(2); retried where they were interrupted.
  virtual ssize_t write_some(const iovec* pieces, int count) = 0;
  virtual ssize_t read_some(char* bytes, std::size_t size) = 0;

 private:
  bool shake_hands(bool with_deflate);
  bool read_more(int timeout_ms);
  bool take_control_frames();

  const Descriptor socket_;
  std::string unread_;
  bool pong_has_come_ = false;
  bool is_over_ = false;
};

}  // namespace certwatch::bench
