#include "app/adapters.h"

#include <stdexcept>

#include "feed/certstream/certstream_feed.h"
#include "notify/webhook/webhook_notifier.h"
#include "pipeline/courier.h"

namespace certwatch {

std::unique_ptr<Feed> make_feed(const Url& url, const Config& config,
                                const FeedSurroundings& surroundings) {
  return std::make_unique<CertstreamFeed>(
      CertstreamOptions{url, config.feed_deflate, config.feed_stall},
      CertstreamFeed::Surroundings{surroundings.metrics, surroundings.board, surroundings.clock,
                                   surroundings.life});
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

Result<std::unique_ptr<Notifier>> make_notifier(const Config& config, const Clock& clock) {
  WebhookOptions options;
  options.url = *config.webhook;
  options.timeout = config.webhook_timeout;
  options.signing_secret = config.webhook_secret;
  options.authorization = config.webhook_authorization;
  options.proxies = read_proxy_variables(machine_environment());
  return WebhookNotifier::make(std::move(options), clock);
}

std::vector<std::unique_ptr<Notifier>> make_notifiers(const Config& config, const Clock& clock) {
  std::vector<std::unique_ptr<Notifier>> notifiers;
  while (notifiers.size() < most_couriers) {
    auto notifier = make_notifier(config, clock);
    // The configuration has been read without a mistake: this would be a bug.
    if (!notifier) throw std::runtime_error(notifier.error().message);
    notifiers.push_back(std::move(*notifier));
  }
  return notifiers;
}

}  // namespace certwatch
