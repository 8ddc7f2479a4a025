#include "notify/webhook/webhook_notifier.h"

#include <algorithm>

#include "base/text.h"

namespace certwatch {
namespace {

// Hard limit: nobody puts us off for longer.
constexpr Seconds longest_retry_after{600};
constexpr std::size_t longest_why = 300;

bool fits_a_field(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

RetryLater retry_later(const HttpAnswer& answer) {
  RetryLater outcome{"status " + std::to_string(answer.status), answer.retry_after};
  if (answer.status / 100 == 3) outcome.why += " (redirects are not followed)";
  if (answer.retry_after) outcome.retry_after = std::min(*answer.retry_after, longest_retry_after);
  return outcome;
}

}  // namespace

Result<std::unique_ptr<Notifier>> WebhookNotifier::make(WebhookOptions options,
                                                        const Clock& clock) {
  if (options.url.scheme != Scheme::http && options.url.scheme != Scheme::https) {
    return failure("the webhook's URL must begin with http:// or https://");
  }
  if (options.url.has_user_info() && !options.authorization.empty()) {
    return failure("the webhook's URL has user info, and an Authorization field is given too");
  }
  if (!fits_a_field(options.authorization.reveal())) {
    return failure("the webhook's Authorization field has control characters in it");
  }
  std::optional<SigningKey> key;
  if (!options.signing_secret.empty()) {
    Result<SigningKey> parsed = parse_signing_secret(options.signing_secret);
    if (!parsed) return tl::unexpected(parsed.error());
    key = std::move(*parsed);
  }
  if (const auto proxy = choose_proxy(options.url, options.proxies); !proxy) {
    return tl::unexpected(proxy.error());
  }
  return std::unique_ptr<Notifier>(new WebhookNotifier(std::move(options), std::move(key), clock));
}

WebhookNotifier::WebhookNotifier(WebhookOptions options, std::optional<SigningKey> key,
                                 const Clock& clock)
    : options_(std::move(options)),
      key_(std::move(key)),
      clock_(clock),
      client_(options_.proxies, clock) {}

NotifyOutcome WebhookNotifier::post(const std::string& event_id, const std::string& body) {
  if (!fits_a_field(event_id)) return RetryLater{"the event's id fits no header field", {}};
  const auto answer = client_.send(request(event_id, body));
  if (!answer) return RetryLater{printable(answer.error().why, longest_why), {}};
  if (answer->status / 100 == 2) return Delivered{answer->status};
  return retry_later(*answer);
}

HttpRequest WebhookNotifier::request(const std::string& event_id, const std::string& body) const {
  HttpRequest request;
  request.method = HttpRequest::Method::post;
  request.url = options_.url;
  request.body = body;
  request.timeout = options_.timeout;
  request.answer_body = HttpRequest::AnswerBody::unwanted;
  auto& fields = request.fields;
  fields.emplace_back("Content-Type", "application/json");
  if (!options_.authorization.empty()) {
    fields.emplace_back("Authorization", options_.authorization.reveal());
  }
  if (key_) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.system_now());
    const std::int64_t timestamp = now.time_since_epoch().count();
    fields.emplace_back("webhook-id", event_id);
    fields.emplace_back("webhook-timestamp", std::to_string(timestamp));
    fields.emplace_back("webhook-signature", webhook_signature(*key_, event_id, timestamp, body));
  }
  return request;
}

}  // namespace certwatch
