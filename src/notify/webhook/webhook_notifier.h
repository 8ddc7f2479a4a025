// Tells by HTTP POST (README, "Webhook").
//
// The HTTP is cpp-httplib's, the connection is net's: name service, connecting, TLS and every read
// and write share one deadline and can be cancelled, and what a receiver can make us read is
// bounded (notify/webhook/limited_stream.h).
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/byte_stream.h"
#include "net/stoppable_wait.h"
#include "net/url.h"
#include "notify/notifier.h"
#include "notify/webhook/dialer.h"
#include "notify/webhook/exchange.h"
#include "notify/webhook/proxy.h"
#include "notify/webhook/signature.h"

namespace certwatch {

struct WebhookOptions {
  Url url;  // http or https; its user info becomes Basic authentication
  // One whole attempt: name service, connecting, TLS, sending, and the head of the answer.
  Seconds timeout{10};
  Secret signing_secret;  // see parse_signing_secret(); empty: requests are not signed
  Secret authorization;   // the Authorization field; empty: none. Not together with user info
  ProxyVariables proxies;
};

// A 2xx is success; the answer's body is of no interest. Redirects are not followed. Certificates
// are verified (net/tls.h). A connection is kept for the next attempt where the receiver lets it
// be, and given up when it has been idle for longer than receivers are known to keep one.
class WebhookNotifier final : public Notifier {
 public:
  // Fails, with a sentence for the operator and without a secret, on what is a mistake of the
  // configuration.
  static Result<std::unique_ptr<Notifier>> make(WebhookOptions options, const Clock& clock);

  NotifyOutcome post(const std::string& event_id, const std::string& body) override;
  void cancel() override;

 private:
  WebhookNotifier(WebhookOptions options, std::optional<SigningKey> key, std::optional<Proxy> proxy,
                  const Clock& clock);

  HttpRequest request(const std::string& event_id, const std::string& body) const;
  Result<HttpAnswer> attempt(const HttpRequest& request);
  std::unique_ptr<ByteStream> take_idle_stream();

  const WebhookOptions options_;
  const std::optional<SigningKey> key_;
  const Clock& clock_;
  Dialer dialer_;
  std::stop_source cancelled_;
  // Kept from the attempt before.
  std::unique_ptr<ByteStream> idle_stream_;
  SteadyTime idle_since_;
};

}  // namespace certwatch
