#include "notify/webhook/dialer.h"

#include <cerrno>
#include <fcntl.h>

#include "base/base64.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "notify/webhook/exchange.h"

namespace certwatch {
namespace {

Secret basic_credentials(const Proxy& proxy) {
  return Secret("Basic " + to_base64(proxy.user.reveal() + ':' + proxy.password.reveal()));
}

}  // namespace

Dialer::Dialer(Url url, std::optional<Proxy> proxy)
    : url_(std::move(url)),
      proxy_(std::move(proxy)),
      resolver_(proxy_ ? proxy_->host : url_.host, proxy_ ? proxy_->port : url_.port) {}

Result<std::unique_ptr<ByteStream>> Dialer::dial(StoppableWait& wait, SteadyTime deadline) {
  const auto addresses = resolver_.resolve(wait, deadline);
  if (!addresses) return tl::unexpected(addresses.error());
  Result<Descriptor> socket = connect_tcp(*addresses, wait, deadline);
  if (!socket) return tl::unexpected(socket.error());
  if (!url_.is_tls()) return plain_stream(std::move(*socket));
  if (has_tunnel()) {
    const auto opened = open_tunnel(*socket, wait, deadline);
    if (!opened) return tl::unexpected(opened.error());
  }
  return start_tls(std::move(*socket), url_.host, wait, deadline);
}

std::string Dialer::request_target() const {
  const std::string& target = url_.target.reveal();
  return proxy_ && !has_tunnel() ? "http://" + url_.host_field() + target : target;
}

std::optional<Secret> Dialer::proxy_authorization() const {
  if (!proxy_ || has_tunnel() || !proxy_->has_user_info()) return std::nullopt;
  return basic_credentials(*proxy_);
}

Result<void> Dialer::open_tunnel(const Descriptor& socket, StoppableWait& wait,
                                 SteadyTime deadline) {
  // TLS takes the socket over afterwards, so the plain stream gets another descriptor of it.
  Descriptor same(::fcntl(socket.number(), F_DUPFD_CLOEXEC, 0));
  if (!same.is_open()) return failure("proxy: " + system_error_text(errno));
  HttpRequest request{"CONNECT", url_.host_and_port(), {{"Host", url_.host_and_port()}}, ""};
  if (proxy_->has_user_info()) {
    request.fields.emplace_back("Proxy-Authorization", basic_credentials(*proxy_).reveal());
  }
  const auto answer = exchange(*plain_stream(std::move(same)), request, wait, deadline);
  if (!answer) return failure("proxy: " + answer.error().message);
  if (answer->status / 100 != 2) {
    return failure("proxy: status " + std::to_string(answer->status));
  }
  // Something behind the answer that no TLS server can have sent unasked.
  if (!answer->stream_is_reusable) return failure("proxy: the answer to CONNECT is malformed");
  return {};
}

}  // namespace certwatch
