#include "http/listener.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.h"
#include "net/stoppable_wait.h"

namespace certwatch {
namespace {

// As many peers may come at once without having to try again a second later.
constexpr int backlog = 1024;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string host_and_port(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const std::string name = printable(host);
  return (is_ipv6 ? '[' + name + ']' : name) + ':' + std::to_string(port);
}

void set_option(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

Result<Descriptor> listen_at(const addrinfo& address) {
  Descriptor socket(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket.is_open()) return failure(system_error_text(errno));
  // Not SO_REUSEPORT: a second process on the same port must fail, not share its connections.
  set_option(socket.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  // What is accepted inherits it.
  set_option(socket.number(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (address.ai_family == AF_INET6) set_option(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(socket.number(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(socket.number(), backlog) != 0) {
    return failure(system_error_text(errno));
  }
  return socket;
}

Result<Addresses> addresses_of(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  const int error_number = errno;
  if (error == EAI_SYSTEM) return failure(system_error_text(error_number));
  if (error != 0) return failure(::gai_strerror(error));
  return Addresses(found, &freeaddrinfo);
}

Result<Descriptor> listen_at_first(const addrinfo* addresses) {
  Result<Descriptor> socket = failure("the name has no address");
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* each = addresses; each != nullptr; each = each->ai_next) {
      if (each->ai_family != family) continue;
      Result<Descriptor> next = listen_at(*each);
      if (next) return next;
      // What is wrong with the first says most.
      if (each == addresses || family == AF_INET) socket = std::move(next);
    }
  }
  return socket;
}

}  // namespace

Result<Listener> listen_on(const std::string& host, std::uint16_t port) {
  Result<Descriptor> socket;
  if (const Result<Addresses> addresses = addresses_of(host, port)) {
    socket = listen_at_first(addresses->get());
  } else {
    socket = tl::unexpected(addresses.error());
  }
  if (!socket) {
    return failure("cannot listen on " + host_and_port(host, port) + ": " + socket.error().message);
  }
  const std::uint16_t chosen = bound_port(socket->number());
  return Listener{std::move(*socket), chosen};
}

}  // namespace certwatch
