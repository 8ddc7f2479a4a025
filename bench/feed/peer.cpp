#include "feed/peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/base64.h"
#include "base/digest.h"

namespace certwatch::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr unsigned close_opcode = 0x8;
constexpr unsigned ping_opcode = 0x9;
constexpr unsigned pong_opcode = 0xa;
// TLS has no gathering write; a record holds 16 KB.
constexpr std::size_t tls_write_size = std::size_t{256} * 1024;

class PlainPeer final : public Peer {
 public:
  explicit PlainPeer(Descriptor socket) : Peer(std::move(socket)) {}

 private:
  ssize_t write_some(const iovec* pieces, int count) override {
    return ::writev(descriptor(), pieces, count);
  }
  ssize_t read_some(char* bytes, std::size_t size) override {
    return ::recv(descriptor(), bytes, size, 0);
  }
};

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class TlsPeer final : public Peer {
 public:
  TlsPeer(Descriptor socket, std::unique_ptr<SSL, FreeTls> tls)
      : Peer(std::move(socket)), tls_(std::move(tls)) {}

 private:
  ssize_t write_some(const iovec* pieces, int count) override {
    gathered_.clear();
    for (const iovec* piece = pieces; piece != pieces + count; ++piece) {
      const std::size_t room = tls_write_size - gathered_.size();
      gathered_.append(static_cast<const char*>(piece->iov_base), std::min(room, piece->iov_len));
    }
    return SSL_write(tls_.get(), gathered_.data(), static_cast<int>(gathered_.size()));
  }
  ssize_t read_some(char* bytes, std::size_t size) override {
    return SSL_read(tls_.get(), bytes, static_cast<int>(size));
  }

  std::unique_ptr<SSL, FreeTls> tls_;
  std::string gathered_;
};

std::unique_ptr<Peer> start_tls(Descriptor socket, const TlsFiles& files) {
  const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return nullptr;
  }
  std::unique_ptr<SSL, FreeTls> tls(SSL_new(context.get()));
  SSL_set_fd(tls.get(), socket.number());
  if (SSL_accept(tls.get()) != 1) return nullptr;
  return std::make_unique<TlsPeer>(std::move(socket), std::move(tls));
}

// The value of a field of an HTTP request, or nothing.
std::string field(const std::string& head, std::string_view name) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  const std::string wanted = "\r\n" + std::string(name) + ":";
  const auto at = std::search(head.begin(), head.end(), wanted.begin(), wanted.end(), same);
  if (at == head.end()) return {};
  const auto begin = std::find_if(at + static_cast<std::ptrdiff_t>(wanted.size()), head.end(),
                                  [](char c) { return c != ' '; });
  return {begin, std::find(begin, head.end(), '\r')};
}

}  // namespace

std::unique_ptr<Peer> Peer::accept(int listener, const std::optional<TlsFiles>& tls,
                                   bool with_deflate) {
  Descriptor socket(::accept(listener, nullptr, nullptr));
  if (!socket.is_open()) return nullptr;
  const int on = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::unique_ptr<Peer> peer =
      tls ? start_tls(std::move(socket), *tls) : std::make_unique<PlainPeer>(std::move(socket));
  return peer && peer->shake_hands(with_deflate) ? std::move(peer) : nullptr;
}

bool Peer::shake_hands(bool with_deflate) {
  std::size_t end = std::string::npos;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (unread_.size() > 16384 || !read_more(5000)) return false;
  }
  const std::string head = unread_.substr(0, end + 2);
  unread_.erase(0, end + 4);
  const std::string accept_key =
      to_base64(sha1(field(head, "Sec-WebSocket-Key").append(websocket_guid)));
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_key + "\r\n";
  if (with_deflate) {
    answer +=
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover\r\n";
  }
  return send(answer + "\r\n");
}

bool Peer::send(std::string_view bytes) {
  return send({iovec{const_cast<char*>(bytes.data()), bytes.size()}});
}

bool Peer::send(const std::vector<iovec>& pieces) {
  std::vector<iovec> left = pieces;
  std::size_t first = 0;
  while (first < left.size()) {
    const int count = static_cast<int>(std::min<std::size_t>(left.size() - first, 1024));
    const ssize_t written = write_some(&left[first], count);
    if (written <= 0) {
      if (written < 0 && errno == EINTR) continue;
      return false;
    }
    std::size_t done = static_cast<std::size_t>(written);
    while (first < left.size() && done >= left[first].iov_len) done -= left[first++].iov_len;
    if (done == 0) continue;
    left[first].iov_base = static_cast<char*>(left[first].iov_base) + done;
    left[first].iov_len -= done;
  }
  return true;
}

// False where nothing has come within that time, or the connection has ended.
bool Peer::read_more(int timeout_ms) {
  pollfd waiting{descriptor(), POLLIN, 0};
  if (::poll(&waiting, 1, timeout_ms) <= 0) return false;
  std::array<char, 4096> bytes;
  const ssize_t count = read_some(bytes.data(), bytes.size());
  if (count <= 0) {
    is_over_ = true;
    return false;
  }
  unread_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

bool Peer::take_control_frames() {
  // A client that listens sends nothing but short masked control frames.
  while (unread_.size() >= 6) {
    const unsigned opcode = static_cast<unsigned char>(unread_[0]) & 0xfU;
    const std::size_t size = static_cast<unsigned char>(unread_[1]) & 0x7fU;
    if (size > 125) return false;
    if (unread_.size() < 6 + size) return true;
    std::string payload = unread_.substr(6, size);
    for (std::size_t i = 0; i < size; ++i) {
      payload[i] = static_cast<char>(payload[i] ^ unread_[2 + i % 4]);
    }
    unread_.erase(0, 6 + size);
    if (opcode == close_opcode) return false;
    if (opcode == pong_opcode) pong_has_come_ = true;
    const std::string pong = {static_cast<char>(0x80 | pong_opcode), static_cast<char>(size)};
    if (opcode == ping_opcode && !send(pong + payload)) return false;
  }
  return true;
}

bool Peer::answer_pings() {
  while (read_more(0)) {
    if (!take_control_frames()) is_over_ = true;
  }
  return !is_over_;
}

bool Peer::send_ping() {
  pong_has_come_ = false;
  return send({"\x89\x04last", 6});
}

bool Peer::wait_for_pong(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!pong_has_come_ && Clock::now() < deadline && !is_over_) {
    if (read_more(100) && !take_control_frames()) return false;
  }
  return pong_has_come_;
}

bool Peer::end_and_wait(std::chrono::seconds patience) {
  ::shutdown(descriptor(), SHUT_WR);
  const auto deadline = Clock::now() + patience;
  while (!is_over_ && Clock::now() < deadline) read_more(100);
  return is_over_;
}

}  // namespace certwatch::bench
