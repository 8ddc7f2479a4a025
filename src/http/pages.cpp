#include "http/pages.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "base/json_text.h"
#include "base/text.h"

namespace certwatch {
namespace {

constexpr std::size_t longest_why = 500;

Page json_page(bool well, const json::Object& object) {
  return {well ? 200 : 503, "application/json", object.text()};
}

// Always with a fraction, so that readers with an integer type see the same type every time.
std::string decimal(double value) {
  if (!std::isfinite(value)) return "null";
  char digits[400];
  const auto end = std::to_chars(digits, std::end(digits), value, std::chars_format::fixed, 6);
  return {digits, end.ptr};
}

std::string unix_time(const std::optional<SystemTime>& time) {
  return time ? decimal(unix_seconds(*time)) : "null";
}

json::Object described(const Condition& condition, const char* age_key) {
  json::Object object;
  object.add_bool("ok", condition.ok);
  object.add("since", unix_time(condition.since));
  object.add(age_key,
             condition.last_success_age ? decimal(condition.last_success_age->count()) : "null");
  if (!condition.why.empty()) {
    object.add("why", '"' + printable(condition.why, longest_why) + '"');
  }
  return object;
}

std::string described(const FeedCondition& feed) {
  json::Object object;
  object.add_string("feed", feed.feed);
  return '{' + object.members() + ',' + described(feed.condition, "last_message_age_s").members() +
         '}';
}

}  // namespace

Page health_page(const HealthFacts& facts) {
  const bool well = facts.complaints.empty();
  json::Object object;
  object.add_bool("ok", well);
  object.add("watch_entries", std::to_string(facts.watch_entries));
  object.add("last_ct_event_at", unix_time(facts.last_ct_event));
  if (!well) object.add("reason", '"' + printable(facts.complaints, longest_why) + '"');
  return json_page(well, object);
}

Page readiness_page(const ReadinessFacts& facts) {
  bool ready = facts.database.ok && facts.watch_list.ok;
  std::string feeds;
  for (const FeedCondition& feed : facts.feeds) {
    ready = ready && feed.condition.ok;
    if (!feeds.empty()) feeds += ',';
    feeds += described(feed);
  }
  json::Object watch_list = described(facts.watch_list, "last_success_age_s");
  watch_list.add("entries", std::to_string(facts.watch_entries));
  json::Object object;
  object.add_bool("ready", ready);
  object.add("database", described(facts.database, "last_success_age_s").text());
  object.add("watch_list", watch_list.text());
  object.add("feeds", '[' + feeds + ']');
  return json_page(ready, object);
}

Page metrics_page(std::initializer_list<const prometheus::Collectable*> sources) {
  std::vector<prometheus::MetricFamily> families;
  for (const prometheus::Collectable* source : sources) {
    std::vector<prometheus::MetricFamily> more = source->Collect();
    std::move(more.begin(), more.end(), std::back_inserter(families));
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          prometheus::TextSerializer().Serialize(families)};
}

}  // namespace certwatch
