// Opens connections to the webhook: straight, or through a proxy.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/descriptor.h"
#include "net/resolver.h"
#include "net/stoppable_wait.h"
#include "net/url.h"
#include "notify/webhook/proxy.h"

namespace certwatch {

// Belongs to one thread.
class Dialer {
 public:
  Dialer(Url url, std::optional<Proxy> proxy);

  // Name service, TCP, the proxy's tunnel (RFC 9110 section 9.3.6) and TLS, all by `deadline`. The
  // error says at which step it failed and quotes nothing that a peer wrote.
  Result<std::unique_ptr<ByteStream>> dial(StoppableWait& wait, SteadyTime deadline);

  // What the request's first line names: the target, or the whole URL where a proxy takes the
  // request itself (RFC 9112 section 3.2.2). Secret, as the target is.
  std::string request_target() const;
  // The field Proxy-Authorization that goes with it, where a proxy takes the request itself and
  // wants to know who we are.
  std::optional<Secret> proxy_authorization() const;

 private:
  bool has_tunnel() const { return proxy_ && url_.is_tls(); }
  Result<void> open_tunnel(const Descriptor& socket, StoppableWait& wait, SteadyTime deadline);

  const Url url_;
  const std::optional<Proxy> proxy_;
  Resolver resolver_;
};

}  // namespace certwatch
