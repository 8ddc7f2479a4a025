#include "metrics/metrics.h"

#include "base/text.h"

namespace certwatch {
namespace {

constexpr std::size_t most_logs = 256;
constexpr std::size_t longest_label = 200;

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return gauges(registry, name, help).Add({});
}

template <std::size_t Size>
std::array<prometheus::Counter*, Size> per_label(prometheus::Family<prometheus::Counter>& family,
                                                 const char* label,
                                                 const std::array<const char*, Size>& values) {
  std::array<prometheus::Counter*, Size> all{};
  for (std::size_t i = 0; i < Size; ++i) all[i] = &family.Add({{label, values[i]}});
  return all;
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const char* name, const char* help,
                                 const std::vector<double>& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

}  // namespace

Metrics::Metrics(std::string_view version, std::string_view revision)
    : registry_(std::make_shared<prometheus::Registry>()),
      feed_connected_(gauges(*registry_, "certwatch_feed_connected",
                             "1 while the websocket of this feed is open")),
      feed_reconnects_(counters(*registry_, "certwatch_feed_reconnects_total",
                                "Connections of this feed after its first")),
      feed_bytes_(counters(*registry_, "certwatch_feed_bytes_total",
                           "Bytes of messages received from this feed")),
      missed_entries_(
          counters(*registry_, "certwatch_feed_missed_entries_total",
                   "Entries of this log that the jumps of cert_index show to be missing")),
      alerts_info(counters(*registry_, "certwatch_alerts_total", "Verdicts by severity")
                      .Add({{"severity", "info"}})),
      alerts_suspicious(counters(*registry_, "certwatch_alerts_total", "Verdicts by severity")
                            .Add({{"severity", "suspicious"}})),
      webhook_success(counters(*registry_, "certwatch_webhook_total", "Webhook attempts by result")
                          .Add({{"result", "success"}})),
      webhook_failure(counters(*registry_, "certwatch_webhook_total", "Webhook attempts by result")
                          .Add({{"result", "failure"}})),
      webhook_duration(histogram(*registry_, "certwatch_webhook_duration_seconds",
                                 "Duration of webhook attempts",
                                 {0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30})),
      watch_entries(gauge(*registry_, "certwatch_watch_entries", "Watch entries in force")),
      last_ct_event(gauge(*registry_, "certwatch_last_ct_event_timestamp_seconds",
                          "Unix time of the last certificate received; 0 before the first")),
      ws_connected(
          gauge(*registry_, "certwatch_ws_connected", "1 while at least one feed is connected")),
      dedupe_cache_size(
          gauge(*registry_, "certwatch_dedupe_cache_size", "Issuances remembered in memory")),
      matches(counter(*registry_, "certwatch_matches_total",
                      "Certificates that matched the watch list")),
      repeats(counter(*registry_, "certwatch_repeats_total",
                      "Matches whose issuance was on record already")),
      crowded_matches(counter(*registry_, "certwatch_crowded_matches_total",
                              "Matches with more alerts of one serial than are compared")),
      resolved(counter(*registry_, "certwatch_alerts_resolved_total",
                       "Suspicious alerts that turned out to be ours")),
      alerts_pending(
          gauge(*registry_, "certwatch_alerts_pending", "Alerts whose grace window is open")),
      deliveries_due(gauge(*registry_, "certwatch_deliveries_due", "Deliveries not settled yet")),
      oldest_delivery_age(
          gauge(*registry_, "certwatch_oldest_delivery_age_seconds",
                "Age of the oldest delivery not settled yet; 0 where there is none")),
      alert_delay(
          histogram(*registry_, "certwatch_alert_delay_seconds",
                    "From a message's last byte to its alert on record",
                    {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600})),
      store_up(gauge(*registry_, "certwatch_store_up", "1 while the database answers")),
      store_errors(
          counter(*registry_, "certwatch_store_errors_total", "Database operations that failed")),
      watch_refreshed(gauge(*registry_, "certwatch_watch_refreshed_timestamp_seconds",
                            "Unix time of the last successful watch-list refresh")),
      match_queue_depth(
          gauge(*registry_, "certwatch_match_queue_depth", "Matches read but not recorded")),
      match_queue_capacity(
          gauge(*registry_, "certwatch_match_queue_capacity", "Matches the queue can hold")),
      deliveries_abandoned(
          counter(*registry_, "certwatch_deliveries_abandoned_total", "Deliveries given up")),
      verdicts_overdue(gauge(*registry_, "certwatch_verdicts_overdue",
                             "Alerts whose grace window has been over for more than 5 s")),
      watch_list_shrunk(gauge(*registry_, "certwatch_watch_list_shrunk",
                              "1 while the watch list is under half of what it was before")) {
  messages = per_label(counters(*registry_, "certwatch_ct_messages_total", "Messages received"),
                       "type", message_type_labels);
  undecodable = per_label(counters(*registry_, "certwatch_undecodable_messages_total",
                                   "Messages, or parts of one, that could not be understood"),
                          "reason", undecodable_labels);
  dropped_matches = per_label(counters(*registry_, "certwatch_dropped_matches_total",
                                       "Matches lost before they were on record"),
                              "reason", drop_labels);
  claims_differ = per_label(counters(*registry_, "certwatch_claims_differ_total",
                                     "Facts that a message claims and its DER denies"),
                            "fact", claimed_fact_words);
  gauges(*registry_, "certwatch_build_info", "Always 1; the labels say what runs")
      .Add({{"version", std::string(version)}, {"revision", std::string(revision)}})
      .Set(1);
}

FeedMetrics Metrics::for_feed(const std::string& host_and_port) {
  const prometheus::Labels labels{{"feed", printable(host_and_port, longest_label)}};
  return {feed_connected_.Add(labels), feed_reconnects_.Add(labels), feed_bytes_.Add(labels)};
}

prometheus::Counter& Metrics::missed_entries(std::string_view log) {
  const std::lock_guard lock(logs_mutex_);
  std::string label = printable(log, longest_label);
  if (logs_.size() >= most_logs && !logs_.contains(label)) label = "other";
  prometheus::Counter*& counter = logs_[label];
  if (counter == nullptr) counter = &missed_entries_.Add({{"log", label}});
  return *counter;
}

}  // namespace certwatch
