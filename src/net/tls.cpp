#include "net/tls.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <climits>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

namespace certwatch {
namespace {

// Lets one system call bring several records; a record is 16 KB at most.
constexpr std::size_t read_ahead_bytes = std::size_t{64} * 1024;

struct Freer {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  void operator()(SSL* session) const { ::SSL_free(session); }
};

std::string openssl_error_text(const std::string& otherwise) {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  if (code == 0) return otherwise;
  const char* reason = ::ERR_reason_error_string(code);
  return reason != nullptr ? reason : otherwise;
}

// SNI; the macro of that name has a C cast in it.
bool send_server_name(SSL* session, const std::string& host) {
  return ::SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host.c_str())) == 1;
}

class TlsStream final : public ByteStream {
 public:
  explicit TlsStream(Descriptor socket) : socket_(std::move(socket)) {}

  Result<void> prepare(const std::string& host);
  Result<void> shake_hands(StoppableWait& wait, SteadyTime deadline);

  Transfer receive(std::span<char> room) override {
    ::ERR_clear_error();
    errno = 0;
    const int size = static_cast<int>(std::min<std::size_t>(room.size(), INT_MAX));
    return outcome(::SSL_read(session_.get(), room.data(), size));
  }

  Transfer send(std::string_view bytes) override {
    ::ERR_clear_error();
    errno = 0;
    const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
    return outcome(::SSL_write(session_.get(), bytes.data(), size));
  }

  int descriptor() const override { return socket_.number(); }

 private:
  Result<void> expect_peer(const std::string& host);
  Transfer outcome(int result);

  Descriptor socket_;
  std::unique_ptr<SSL_CTX, Freer> context_;
  // Uses the socket until its end.
  std::unique_ptr<SSL, Freer> session_;
};

Result<void> TlsStream::prepare(const std::string& host) {
  context_.reset(::SSL_CTX_new(::TLS_client_method()));
  if (!context_) return failure("TLS: " + openssl_error_text("no memory"));
  ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  // A send that had to wait is tried again from wherever its bytes lie by then.
  ::SSL_CTX_set_mode(context_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_read_ahead(context_.get(), 1);
  ::SSL_CTX_set_default_read_buffer_len(context_.get(), read_ahead_bytes);
  ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (::SSL_CTX_set_default_verify_paths(context_.get()) != 1) {
    return failure("TLS: the certificate store cannot be read: " + openssl_error_text("unknown"));
  }

  session_.reset(::SSL_new(context_.get()));
  if (!session_ || ::SSL_set_fd(session_.get(), socket_.number()) != 1) {
    return failure("TLS: " + openssl_error_text("no memory"));
  }
  ::SSL_set_connect_state(session_.get());
  return expect_peer(host);
}

Result<void> TlsStream::expect_peer(const std::string& host) {
  X509_VERIFY_PARAM* parameters = ::SSL_get0_param(session_.get());
  ::X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const std::string address = host.substr(0, host.find('%'));
  in6_addr parsed{};
  const bool is_address = ::inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
                          ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
  const bool is_set =
      is_address ? ::X509_VERIFY_PARAM_set1_ip_asc(parameters, address.c_str()) == 1
                 : ::X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1 &&
                       send_server_name(session_.get(), host);
  if (!is_set) return failure("TLS: the host name cannot be checked: " + openssl_error_text("?"));
  return {};
}

Result<void> TlsStream::shake_hands(StoppableWait& wait, SteadyTime deadline) {
  for (;;) {
    ::ERR_clear_error();
    errno = 0;
    const Transfer step = outcome(::SSL_do_handshake(session_.get()));
    if (step.kind == Transfer::Kind::moved) return {};
    const long verdict = ::SSL_get_verify_result(session_.get());
    if (verdict != X509_V_OK) {
      return failure(std::string("TLS: the certificate is not trusted: ") +
                     ::X509_verify_cert_error_string(verdict));
    }
    if (step.kind == Transfer::Kind::ended) {
      return failure("TLS: the peer closed the connection in the handshake");
    }
    if (step.kind == Transfer::Kind::failed) return failure("TLS: " + step.why);
    switch (wait.wait(socket_.number(), step.events, deadline)) {
      case StoppableWait::Outcome::stopped:
        return failure("stopped");
      case StoppableWait::Outcome::timed_out:
        return failure("TLS: no answer in time");
      case StoppableWait::Outcome::ready:
        break;
    }
  }
}

Transfer TlsStream::outcome(int result) {
  if (result > 0) return Transfer::moved(static_cast<std::size_t>(result), false);
  const int error_number = errno;
  switch (::SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Transfer::must_wait(POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return Transfer::must_wait(POLLOUT);
    case SSL_ERROR_ZERO_RETURN:
      return Transfer::ended();
    case SSL_ERROR_SYSCALL:
      if (error_number == 0) return Transfer::ended();
      ::ERR_clear_error();
      return Transfer::failed(system_error_text(error_number));
    default:
      if (ERR_GET_REASON(::ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ::ERR_clear_error();
        return Transfer::ended();
      }
      return Transfer::failed(openssl_error_text("protocol error"));
  }
}

}  // namespace

Result<std::unique_ptr<ByteStream>> start_tls(Descriptor socket, const std::string& host,
                                              StoppableWait& wait, SteadyTime deadline) {
  auto stream = std::make_unique<TlsStream>(std::move(socket));
  if (auto prepared = stream->prepare(host); !prepared) return tl::unexpected(prepared.error());
  if (auto shaken = stream->shake_hands(wait, deadline); !shaken) {
    return tl::unexpected(shaken.error());
  }
  return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace certwatch
