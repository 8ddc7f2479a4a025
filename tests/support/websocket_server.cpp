#include "support/websocket_server.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/base64.h"
#include "base/digest.h"

namespace certwatch {
namespace {

constexpr int patience_ms = 60'000;

struct Freer {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
template <class T>
using Owned = std::unique_ptr<T, Freer>;

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Owned<BIO> reader_of(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

class PlainClient : public ServedClient {
 public:
  PlainClient(Descriptor socket, int end) : socket_(std::move(socket)), end_(end) {}

  void send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno != EAGAIN || !wait(POLLOUT)) {
        return;
      }
    }
  }

  std::string receive() override {
    std::string bytes(65536, '\0');
    while (wait(POLLIN)) {
      const ssize_t count = ::recv(socket_.number(), bytes.data(), bytes.size(), 0);
      if (count < 0 && errno == EAGAIN) continue;
      bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
      return bytes;
    }
    return {};
  }

  void wait_until_arrived() override {
    int unacknowledged = 0;
    while (::ioctl(socket_.number(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0) {
      std::this_thread::yield();
    }
  }

  void reset() override {
    const linger at_once{1, 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_ = Descriptor();
  }

 protected:
  bool wait(short events) const {
    std::array<pollfd, 2> polled{{{socket_.number(), events, 0}, {end_, POLLIN, 0}}};
    return ::poll(polled.data(), polled.size(), patience_ms) > 0 && polled[1].revents == 0;
  }
  int socket() const { return socket_.number(); }

 private:
  Descriptor socket_;
  const int end_;
};

class TlsClient final : public PlainClient {
 public:
  TlsClient(Descriptor socket, int end, SSL_CTX* context)
      : PlainClient(std::move(socket), end), session_(SSL_new(context)) {
    SSL_set_fd(session_.get(), PlainClient::socket());
    while (!is_done(SSL_accept(session_.get()))) {
    }
  }
  ~TlsClient() override { SSL_shutdown(session_.get()); }

  void send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20));
      const int count = SSL_write(session_.get(), bytes.data(), size);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (is_done(count)) {
        return;
      }
    }
  }

  std::string receive() override {
    std::string bytes(65536, '\0');
    int count = 0;
    do {
      count = SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    } while (!is_done(count));
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

 private:
  // False where the same call is to be made again.
  bool is_done(int result) const {
    if (result > 0) return true;
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return !wait(POLLIN);
    if (error == SSL_ERROR_WANT_WRITE) return !wait(POLLOUT);
    return true;
  }

  Owned<SSL> session_;
};

Owned<SSL_CTX> server_context(const TlsIdentity& identity) {
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const Owned<X509> certificate(
      PEM_read_bio_X509(reader_of(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(reader_of(identity.key_pem).get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    throw std::runtime_error("the test server's identity cannot be used");
  }
  return context;
}

Descriptor listen_on(WebSocketServer::Address where, std::uint16_t& port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  const bool is_v4 = where == WebSocketServer::Address::ipv4;
  auto* address = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  socklen_t length = is_v4 ? sizeof v4 : sizeof v6;
  Descriptor socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(socket.number(), address, length) != 0 || ::listen(socket.number(), 16) != 0 ||
      ::getsockname(socket.number(), address, &length) != 0) {
    throw std::runtime_error(std::string("cannot listen on loopback: ") + std::strerror(errno));
  }
  port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
  return socket;
}

}  // namespace

TlsIdentity TlsIdentity::made_out_to(const std::string& names) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* common_name = reinterpret_cast<const unsigned char*>("certwatch test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  for (const auto& [kind, value] : {std::pair{NID_subject_alt_name, names},
                                    std::pair{NID_basic_constraints, std::string("CA:TRUE")}}) {
    const Owned<X509_EXTENSION> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  X509_sign(certificate.get(), key.get(), EVP_sha256());

  const Owned<BIO> certificate_text(BIO_new(BIO_s_mem()));
  const Owned<BIO> key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_text.get()), text_of(key_text.get())};
}

TrustedCertificate::TrustedCertificate(const std::string& pem) {
  char path[] = "/tmp/certwatch-test-XXXXXX";
  const Descriptor file(::mkstemp(path));
  path_ = path;
  std::ofstream(path_) << pem;
  ::setenv("SSL_CERT_FILE", path_.c_str(), 1);
}

TrustedCertificate::~TrustedCertificate() {
  ::unsetenv("SSL_CERT_FILE");
  ::unlink(path_.c_str());
}

std::string server_frame(unsigned opcode, std::string_view payload, unsigned first_bits) {
  std::string frame(1, static_cast<char>(first_bits | opcode));
  const std::size_t extended = payload.size() < 126 ? 0 : payload.size() < 65536 ? 2 : 8;
  frame += static_cast<char>(extended == 0 ? payload.size() : extended == 2 ? 126 : 127);
  for (std::size_t i = extended; i-- > 0;) {
    frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  }
  return frame.append(payload);
}

std::string ServedClient::read_request() {
  for (;;) {
    const std::size_t end = unread_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::string request = unread_.substr(0, end + 4);
      unread_.erase(0, end + 4);
      return request;
    }
    const std::string more = receive();
    if (more.empty()) return {};
    unread_ += more;
  }
}

void ServedClient::accept(const std::string& request, const std::string& more_fields) {
  const std::string field = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(field);
  if (begin == std::string::npos) return;
  const std::string key = request.substr(begin + field.size(), 24);
  send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      to_base64(sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) + "\r\n" + more_fields +
      "\r\n");
}

std::string ServedClient::upgrade() {
  std::string request = read_request();
  accept(request);
  return request;
}

std::optional<ServedClient::Frame> ServedClient::receive_frame() {
  // A client that only listens sends control frames: two bytes, a key of four, the payload.
  constexpr std::size_t header_size = 6;
  while (unread_.size() < 2 ||
         unread_.size() < header_size + (static_cast<unsigned char>(unread_[1]) & 0x7fU)) {
    const std::string more = receive();
    if (more.empty()) return std::nullopt;
    unread_ += more;
  }
  Frame frame;
  frame.opcode = static_cast<unsigned char>(unread_[0]) & 0x0fU;
  frame.is_masked = (static_cast<unsigned char>(unread_[1]) & 0x80U) != 0;
  const std::size_t size = static_cast<unsigned char>(unread_[1]) & 0x7fU;
  for (std::size_t i = 0; i < size; ++i) {
    frame.payload += static_cast<char>(unread_[header_size + i] ^ unread_[2 + i % 4]);
  }
  unread_.erase(0, header_size + size);
  return frame;
}

std::vector<unsigned> ServedClient::wait_for_end() {
  std::vector<unsigned> opcodes;
  while (const auto frame = receive_frame()) opcodes.push_back(frame->opcode);
  return opcodes;
}

WebSocketServer::WebSocketServer(std::vector<Script> scripts, std::optional<TlsIdentity> identity,
                                 Address address)
    : scripts_(std::move(scripts)),
      identity_(std::move(identity)),
      address_(address),
      listener_(listen_on(address, port_)),
      end_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

WebSocketServer::~WebSocketServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(end_.number(), &one, sizeof one);
}

std::string WebSocketServer::url() const {
  const std::string host = address_ == Address::ipv6 ? "[::1]" : "127.0.0.1";
  return (identity_ ? "wss://localhost" : "ws://" + host) + ':' + std::to_string(port_) + '/';
}

void WebSocketServer::run() {
  // OpenSSL's server side writes with write(2).
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  const Owned<SSL_CTX> context = identity_ ? server_context(*identity_) : nullptr;
  for (;;) {
    std::array<pollfd, 2> polled{{{listener_.number(), POLLIN, 0}, {end_.number(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);
    if (polled[1].revents != 0) return;
    Descriptor socket(
        ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) continue;
    const int on = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto number = static_cast<std::size_t>(connections_++);
    const Script& script = scripts_[std::min(number, scripts_.size() - 1)];
    if (context) {
      TlsClient client(std::move(socket), end_.number(), context.get());
      script(client);
    } else {
      PlainClient client(std::move(socket), end_.number());
      script(client);
    }
  }
}

}  // namespace certwatch
