// Tells by HTTP POST (README, "Webhook").
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "net/proxy.h"
#include "net/url.h"
#include "notify/notifier.h"
#include "notify/webhook/signature.h"

namespace certwatch {

struct WebhookOptions {
  Url url;                // http or https; its user info becomes Basic authentication
  Seconds timeout{10};    // of one whole attempt, to the end of the answer's head
  Secret signing_secret;  // see parse_signing_secret(); empty: requests are not signed
  Secret authorization;   // the Authorization field; empty: none. Not together with user info
  ProxyVariables proxies;
};

// A 2xx is success; the answer's body is of no interest. The connection is kept from attempt to
// attempt. net/http_client.h says what a receiver can and cannot do to us.
class WebhookNotifier final : public Notifier {
 public:
  // Fails, with a sentence for the operator and without a secret, on what is a mistake of the
  // configuration.
  static Result<std::unique_ptr<Notifier>> make(WebhookOptions options, const Clock& clock);

  NotifyOutcome post(const std::string& event_id, const std::string& body) override;
  void cancel() override { client_.cancel(); }

 private:
  WebhookNotifier(WebhookOptions options, std::optional<SigningKey> key, const Clock& clock);

  HttpRequest request(const std::string& event_id, const std::string& body) const;

  const WebhookOptions options_;
  const std::optional<SigningKey> key_;
  const Clock& clock_;
  HttpClient client_;
};

}  // namespace certwatch
