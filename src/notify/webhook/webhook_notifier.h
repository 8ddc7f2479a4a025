// Tells by HTTP POST (README, "Webhook").
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "net/proxy.h"
#include "net/url.h"
#include "notify/notifier.h"
#include "notify/webhook/signature.h"

namespace certwatch {

struct WebhookOptions {
  Url url;                        // http or https; its user info becomes Basic authentication
  Seconds timeout{10};            // of one whole attempt, to the end of the answer's head
  std::optional<SigningKey> key;  // nothing: requests are not signed
  // The Authorization field, without control characters; empty: none. Not together with user info.
  Secret authorization;
  ProxyVariables proxies;  // choose_proxy() has no complaint about them
};

// A 2xx is success; the answer's body is of no interest. The connection is kept from attempt to
// attempt. net/http_client.h says what a receiver can and cannot do to us.
class WebhookNotifier final : public Notifier {
 public:
  WebhookNotifier(WebhookOptions options, const Clock& clock);

  NotifyOutcome tell(const Delivery& delivery) override;
  void cancel() override { client_.cancel(); }

 private:
  HttpRequest request(const std::string& event_id, const std::string& body) const;

  const WebhookOptions options_;
  const Clock& clock_;
  HttpClient client_;
};

}  // namespace certwatch
