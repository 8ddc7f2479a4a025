// Adapters, made from the configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "feed/certstream/certstream_feed.h"
#include "model/delivery.h"
#include "notify/notifier.h"

namespace certwatch {

using FeedSurroundings = CertstreamFeed::Surroundings;
std::unique_ptr<Feed> make_feed(const Url& url, const Config& config,
                                const FeedSurroundings& surroundings);

// What is wrong with the webhook's secret and proxy, each on its own; the rest is config's.
std::vector<std::string> webhook_mistakes(const Config& config);
// The configuration has a webhook, and webhook_mistakes() none of it.
std::unique_ptr<Notifier> make_webhook(const Config& config, const Clock& clock);

// Whom this configuration tells of alerts.
std::vector<Destination> configured_destinations(const Config& config);
// As many as there may be attempts under way at this destination.
std::vector<std::unique_ptr<Notifier>> make_notifiers(const std::string& destination,
                                                      const Config& config, const Clock& clock);

}  // namespace certwatch
