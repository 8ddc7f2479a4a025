#include "notify/webhook/webhook_notifier.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/text.h"
#include "notify/webhook/retry_after.h"

namespace certwatch {
namespace {

// Many receivers close after 5 s (Node.js, Apache, uvicorn). One that closes in the very moment in
// which it is sent a request costs an attempt, so a connection is not used that long.
constexpr std::chrono::seconds longest_idle{4};
constexpr std::size_t longest_why = 300;

bool fits_a_field(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

RetryLater retry_after_status(const HttpAnswer& answer, SystemTime now) {
  RetryLater outcome{"status " + std::to_string(answer.status), std::nullopt};
  if (answer.status / 100 == 3) outcome.why += " (redirects are not followed)";
  if (answer.retry_after) outcome.retry_after = parse_retry_after(*answer.retry_after, now);
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
  Result<std::optional<Proxy>> proxy = choose_proxy(options.url, options.proxies);
  if (!proxy) return tl::unexpected(proxy.error());
  return std::unique_ptr<Notifier>(
      new WebhookNotifier(std::move(options), std::move(key), std::move(*proxy), clock));
}

WebhookNotifier::WebhookNotifier(WebhookOptions options, std::optional<SigningKey> key,
                                 std::optional<Proxy> proxy, const Clock& clock)
    : options_(std::move(options)),
      key_(std::move(key)),
      clock_(clock),
      dialer_(options_.url, std::move(proxy)) {}

NotifyOutcome WebhookNotifier::post(const std::string& event_id, const std::string& body) {
  if (!fits_a_field(event_id)) return RetryLater{"the event's id fits no header field", {}};
  const auto answer = attempt(request(event_id, body));
  if (!answer) return RetryLater{printable(answer.error().message, longest_why), {}};
  if (answer->status / 100 == 2) return Delivered{answer->status};
  return retry_after_status(*answer, clock_.system_now());
}

void WebhookNotifier::cancel() {
  cancelled_.request_stop();
}

HttpRequest WebhookNotifier::request(const std::string& event_id, const std::string& body) const {
  const Url& url = options_.url;
  HttpRequest request{"POST",
                      dialer_.request_target(),
                      {{"Host", url.host_field()}, {"Content-Type", "application/json"}},
                      body};
  auto& fields = request.fields;
  if (const auto credentials = dialer_.proxy_authorization()) {
    fields.emplace_back("Proxy-Authorization", credentials->reveal());
  }
  if (!options_.authorization.empty()) {
    fields.emplace_back("Authorization", options_.authorization.reveal());
  } else if (url.has_user_info()) {
    fields.emplace_back("Authorization",
                        "Basic " + to_base64(url.user.reveal() + ':' + url.password.reveal()));
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

Result<HttpAnswer> WebhookNotifier::attempt(const HttpRequest& request) {
  const SteadyTime deadline = clock_.steady_now() + to_nanoseconds(options_.timeout);
  const auto wait = StoppableWait::make(cancelled_.get_token(), clock_);
  if (!wait) return tl::unexpected(wait.error());
  if ((*wait)->stopped()) return failure("stopped");
  std::unique_ptr<ByteStream> stream = take_idle_stream();
  if (!stream) {
    auto dialled = dialer_.dial(**wait, deadline);
    if (!dialled) return tl::unexpected(dialled.error());
    stream = std::move(*dialled);
  }
  auto answer = exchange(*stream, request, **wait, deadline);
  if (answer && answer->stream_is_reusable) {
    idle_stream_ = std::move(stream);
    idle_since_ = clock_.steady_now();
  }
  return answer;
}

// Nothing where there is none, or none that still is of use.
std::unique_ptr<ByteStream> WebhookNotifier::take_idle_stream() {
  std::unique_ptr<ByteStream> stream = std::move(idle_stream_);
  if (!stream || clock_.steady_now() - idle_since_ > longest_idle) return nullptr;
  // A receiver that has closed shows it here. (TLS tells of its own affairs first, and then waits.)
  std::array<char, 1> room;
  if (stream->receive(room).kind != Transfer::Kind::must_wait) return nullptr;
  return stream;
}

}  // namespace certwatch
