#include "net/tcp.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace certwatch {
namespace {

void set_option(const Descriptor& socket, int level, int name, int value) {
  // One that this kernel does not know costs comfort, not the connection.
  ::setsockopt(socket.number(), level, name, &value, sizeof value);
}

void set_options(const Descriptor& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

int pending_error(const Descriptor& socket) {
  int error_number = 0;
  socklen_t length = sizeof error_number;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) {
    return errno;
  }
  return error_number;
}

Result<Descriptor> connect_to(const Address& address, StoppableWait& wait, SteadyTime deadline) {
  Descriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failure("TCP: " + system_error_text(errno));
  set_options(socket);
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.number(), where, address.length) == 0) return socket;
  if (errno != EINPROGRESS && errno != EINTR) return failure("TCP: " + system_error_text(errno));
  switch (wait.wait(socket.number(), POLLOUT, deadline)) {
    case StoppableWait::Outcome::stopped:
      return failure("stopped");
    case StoppableWait::Outcome::timed_out:
      return failure("TCP: no answer in time");
    case StoppableWait::Outcome::ready:
      break;
  }
  const int error_number = pending_error(socket);
  if (error_number != 0) return failure("TCP: " + system_error_text(error_number));
  return socket;
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Descriptor socket) : socket_(std::move(socket)) {}

  Transfer receive(std::span<char> room) override {
    const ssize_t count = ::recv(socket_.number(), room.data(), room.size(), 0);
    if (count > 0) {
      const auto bytes = static_cast<std::size_t>(count);
      return Transfer::moved(bytes, bytes < room.size());
    }
    return count == 0 ? Transfer::ended() : after_error(POLLIN);
  }

  Transfer send(std::string_view bytes) override {
    const ssize_t count = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return count >= 0 ? Transfer::moved(static_cast<std::size_t>(count), false)
                      : after_error(POLLOUT);
  }

  int descriptor() const override { return socket_.number(); }

 private:
  static Transfer after_error(short events) {
    if (errno == EAGAIN || errno == EINTR) return Transfer::must_wait(events);
    return Transfer::failed(system_error_text(errno));
  }

  Descriptor socket_;
};

}  // namespace

Result<Descriptor> connect_tcp(const std::vector<Address>& addresses, StoppableWait& wait,
                               SteadyTime deadline) {
  Result<Descriptor> last = failure("TCP: no address");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const SteadyTime now = wait.clock().steady_now();
    const auto share = (deadline - now) / static_cast<long>(addresses.size() - i);
    last = connect_to(addresses[i], wait, now + share);
    if (last || wait.stopped()) return last;
  }
  return last;
}

std::unique_ptr<ByteStream> plain_stream(Descriptor socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace certwatch
