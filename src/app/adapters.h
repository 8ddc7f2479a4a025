// Adapters, made from the configuration.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/life_sign.h"
#include "base/result.h"
#include "config/config.h"
#include "feed/feed.h"
#include "feed/feed_status.h"
#include "metrics/metrics.h"
#include "notify/notifier.h"

namespace certwatch {

struct FeedSurroundings {
  Metrics& metrics;
  FeedStatusBoard& board;
  const Clock& clock;
  LifeSign& life;
};
std::unique_ptr<Feed> make_feed(const Url& url, const Config& config,
                                const FeedSurroundings& surroundings);

// What is wrong with the webhook's secret and proxy, each on its own; the rest is config's.
std::vector<std::string> webhook_mistakes(const Config& config);
// The configuration has a webhook. Fails on what is a mistake of the configuration: a proxy
// variable, the signing secret.
Result<std::unique_ptr<Notifier>> make_notifier(const Config& config, const Clock& clock);
// As many as there may be connections to the webhook.
std::vector<std::unique_ptr<Notifier>> make_notifiers(const Config& config, const Clock& clock);

}  // namespace certwatch
