#include "app/adapters.h"

#include <stdexcept>

#include "notify/webhook/webhook_notifier.h"
#include "record/delivery_store.h"

namespace certwatch {
namespace {

// Hard limit: connections to the webhook at one time.
constexpr std::size_t most_webhook_attempts = 8;

}  // namespace

std::unique_ptr<Feed> make_feed(const Url& url, const Config& config,
                                const FeedSurroundings& surroundings) {
  return std::make_unique<CertstreamFeed>(
      CertstreamOptions{url, config.feed_deflate, config.feed_stall}, surroundings);
}

std::vector<std::string> webhook_mistakes(const Config& config) {
  std::vector<std::string> mistakes;
  if (!config.webhook_secret.empty()) {
    if (const auto key = parse_signing_secret(config.webhook_secret); !key) {
      mistakes.push_back(key.error().message);
    }
  }
  if (config.webhook) {
    const ProxyVariables proxies = read_proxy_variables(machine_environment());
    if (const auto proxy = choose_proxy(*config.webhook, proxies); !proxy) {
      mistakes.push_back(proxy.error().message);
    }
  }
  return mistakes;
}

std::unique_ptr<Notifier> make_webhook(const Config& config, const Clock& clock) {
  WebhookOptions options;
  options.url = *config.webhook;
  options.timeout = config.webhook_timeout;
  if (!config.webhook_secret.empty()) {
    options.key = parse_signing_secret(config.webhook_secret).value();
  }
  options.authorization = config.webhook_authorization;
  options.proxies = read_proxy_variables(machine_environment());
  return std::make_unique<WebhookNotifier>(std::move(options), clock);
}

std::vector<Destination> configured_destinations(const Config& config) {
  if (!config.webhook) return {};
  return {{webhook_destination, Importance::info}};
}

std::vector<std::unique_ptr<Notifier>> make_notifiers(const std::string& destination,
                                                      const Config& config, const Clock& clock) {
  std::vector<std::unique_ptr<Notifier>> notifiers;
  if (destination != webhook_destination)
    throw std::logic_error("no such destination: " + destination);
  while (notifiers.size() < most_webhook_attempts) {
    notifiers.push_back(make_webhook(config, clock));
  }
  return notifiers;
}

}  // namespace certwatch
