#include "notify/webhook/webhook_notifier.h"

#include <algorithm>

#include "base/text.h"
#include "notify/webhook/webhook_body.h"

namespace certwatch {
namespace {

constexpr std::size_t longest_why = 300;

bool fits_a_field(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

RetryLater retry_later(const HttpAnswer& answer) {
  RetryLater outcome{"status " + std::to_string(answer.status), answer.retry_after};
  if (answer.status / 100 == 3) outcome.why += " (redirects are not followed)";
  return outcome;
}

}  // namespace

WebhookNotifier::WebhookNotifier(WebhookOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), client_(options_.proxies, clock) {}

NotifyOutcome WebhookNotifier::tell(const Delivery& delivery) {
  if (!fits_a_field(delivery.event_id)) {
    return RetryLater{"the event's id fits no header field", {}};
  }
  const auto answer = client_.send(request(delivery.event_id, webhook_body(delivery)));
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
  if (options_.key) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.system_now());
    const std::int64_t timestamp = now.time_since_epoch().count();
    fields.emplace_back("webhook-id", event_id);
    fields.emplace_back("webhook-timestamp", std::to_string(timestamp));
    fields.emplace_back("webhook-signature",
                        webhook_signature(*options_.key, event_id, timestamp, body));
  }
  return request;
}

}  // namespace certwatch
