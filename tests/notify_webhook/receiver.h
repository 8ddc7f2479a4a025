// A webhook receiver that a test scripts, and a notifier that posts to it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>

#include "notify/webhook/webhook_notifier.h"
#include "support/http_receiver.h"

namespace certwatch {

// The machine's clock, moved by hand on top.
class ShiftedClock final : public Clock {
 public:
  SteadyTime steady_now() const override { return machine_.steady_now() + shift_.load(); }
  SystemTime system_now() const override { return machine_.system_now() + shift_.load(); }
  void advance(std::chrono::nanoseconds distance) { shift_ = shift_.load() + distance; }

 private:
  MachineClock machine_;
  std::atomic<std::chrono::nanoseconds> shift_{std::chrono::nanoseconds(0)};
};

inline WebhookOptions options_for(const std::string& url, Seconds timeout = Seconds{10}) {
  auto parsed = parse_url(url, {Scheme::http, Scheme::https});
  REQUIRE(parsed);
  WebhookOptions options;
  options.url = *parsed;
  options.timeout = timeout;
  return options;
}

inline std::unique_ptr<Notifier> notifier(WebhookOptions options, const Clock& clock) {
  return std::make_unique<WebhookNotifier>(std::move(options), clock);
}

// An event with this id, and facts of so many bytes.
inline Delivery event(const std::string& id, std::size_t bytes = 0) {
  Delivery delivery;
  delivery.event_id = id;
  delivery.message_facts = "\"fact\":\"" + std::string(bytes, 'x') + '"';
  return delivery;
}

// Why it was not delivered; the status in place of that where it was.
inline std::string told(const NotifyOutcome& outcome) {
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) {
    return "delivered " + std::to_string(delivered->status);
  }
  return std::get<RetryLater>(outcome).why;
}

}  // namespace certwatch
