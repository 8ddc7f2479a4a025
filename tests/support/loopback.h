// Bare TCP on loopback, for tests of those who listen and of those who connect. Every wait ends
// after ten seconds, with what there is by then.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include "net/descriptor.h"

namespace certwatch::loopback {

inline constexpr int patience_ms = 10'000;

inline bool is_readable(const Descriptor& socket, int milliseconds = patience_ms) {
  pollfd wanted{socket.number(), POLLIN, 0};
  return poll(&wanted, 1, milliseconds) > 0;
}

inline sockaddr_in address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline Descriptor connect_to(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in peer = address(port);
  if (connect(socket.number(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    throw std::runtime_error("cannot connect on loopback");
  }
  return socket;
}

// False where the peer has gone.
inline bool send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// What comes next, empty where the peer has ended.
inline std::string receive_some(const Descriptor& socket, int milliseconds = patience_ms) {
  std::string bytes(16384, '\0');
  if (!is_readable(socket, milliseconds)) return {};
  const ssize_t count = recv(socket.number(), bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

inline std::string receive_all(const Descriptor& socket) {
  std::string all;
  while (true) {
    const std::string more = receive_some(socket);
    if (more.empty()) return all;
    all += more;
  }
}

}  // namespace certwatch::loopback
