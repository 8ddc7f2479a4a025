#include "metrics/metrics.h"

#include <map>
#include <prometheus/text_serializer.h>
#include <set>
#include <sstream>

#include "support/catch.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string exposition(Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry().Collect());
}

// Name to type, as a scraper learns them; fails where a name is announced twice.
std::map<std::string, std::string> announced_types(const std::string& text) {
  std::map<std::string, std::string> types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, keyword, name, type;
    words >> hash >> keyword >> name >> type;
    if (hash != "#" || keyword != "TYPE") continue;
    INFO(name);
    CHECK(types.emplace(name, type).second);
  }
  return types;
}

const std::map<std::string, std::string> promised_types{
    {"certwatch_ct_messages_total", "counter"},
    {"certwatch_alerts_total", "counter"},
    {"certwatch_webhook_total", "counter"},
    {"certwatch_webhook_duration_seconds", "histogram"},
    {"certwatch_watch_entries", "gauge"},
    {"certwatch_last_ct_event_timestamp_seconds", "gauge"},
    {"certwatch_ws_connected", "gauge"},
    {"certwatch_dedupe_cache_size", "gauge"},
    {"certwatch_build_info", "gauge"},
    {"certwatch_feed_connected", "gauge"},
    {"certwatch_feed_reconnects_total", "counter"},
    {"certwatch_feed_bytes_total", "counter"},
    {"certwatch_feed_missed_entries_total", "counter"},
    {"certwatch_undecodable_messages_total", "counter"},
    {"certwatch_matches_total", "counter"},
    {"certwatch_repeats_total", "counter"},
    {"certwatch_dropped_matches_total", "counter"},
    {"certwatch_claims_differ_total", "counter"},
    {"certwatch_alerts_pending", "gauge"},
    {"certwatch_deliveries_due", "gauge"},
    {"certwatch_oldest_delivery_age_seconds", "gauge"},
    {"certwatch_alert_delay_seconds", "histogram"},
    {"certwatch_store_up", "gauge"},
    {"certwatch_store_errors_total", "counter"},
    {"certwatch_watch_refreshed_timestamp_seconds", "gauge"},
    {"certwatch_match_queue_depth", "gauge"},
    {"certwatch_match_queue_capacity", "gauge"},
    {"certwatch_deliveries_abandoned_total", "counter"},
    {"certwatch_verdicts_overdue", "gauge"},
};

TEST_CASE("every promised metric is there, once, with its type") {
  Metrics metrics("1.0.0", "abc");
  metrics.for_feed("a.example:443");
  metrics.missed_entries("https://log.example/");
  const auto types = announced_types(exposition(metrics));
  for (const auto& [name, type] : promised_types) {
    INFO(name);
    REQUIRE(types.count(name) == 1);
    CHECK(types.at(name) == type);
  }
}

TEST_CASE("labels of closed sets are there before anything happens") {
  Metrics metrics("1.0.0", "abc");
  const char* line = GENERATE("certwatch_ct_messages_total{type=\"certificate_update\"} 0\n",
                              "certwatch_ct_messages_total{type=\"heartbeat\"} 0\n",
                              "certwatch_ct_messages_total{type=\"dns_entries\"} 0\n",
                              "certwatch_ct_messages_total{type=\"other\"} 0\n",
                              "certwatch_ct_messages_total{type=\"unknown\"} 0\n",
                              "certwatch_alerts_total{severity=\"info\"} 0\n",
                              "certwatch_alerts_total{severity=\"suspicious\"} 0\n",
                              "certwatch_webhook_total{result=\"success\"} 0\n",
                              "certwatch_webhook_total{result=\"failure\"} 0\n",
                              "certwatch_dropped_matches_total{reason=\"queue_full\"} 0\n",
                              "certwatch_claims_differ_total{fact=\"names\"} 0\n",
                              "certwatch_undecodable_messages_total{reason=\"too_large\"} 0\n",
                              "certwatch_webhook_duration_seconds_bucket{le=\"0.05\"} 0\n",
                              "certwatch_webhook_duration_seconds_bucket{le=\"30\"} 0\n",
                              "certwatch_build_info{revision=\"abc\",version=\"1.0.0\"} 1\n");
  CHECK_THAT(exposition(metrics), ContainsSubstring(line));
}

TEST_CASE("webhook durations fall into the promised buckets") {
  Metrics metrics("1.0.0", "abc");
  const std::string text = exposition(metrics);
  std::set<std::string> bounds;
  const std::string start = "certwatch_webhook_duration_seconds_bucket{le=\"";
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const std::size_t from = at + start.size();
    bounds.insert(text.substr(from, text.find('"', from) - from));
  }
  CHECK(bounds ==
        std::set<std::string>{"0.05", "0.1", "0.25", "0.5", "1", "2", "5", "10", "30", "+Inf"});
}

TEST_CASE("counting reaches the series it names") {
  Metrics metrics("1.0.0", "abc");
  metrics.count(UndecodableReason::no_identity);
  metrics.count(UndecodableReason::websocket);
  metrics.count(UndecodableReason::cut);
  metrics.count(DropReason::undecodable);
  metrics.count(DropReason::shutdown, 3);
  metrics.count(ClaimedFact::fingerprint);
  metrics.count(ClaimedFact::validity);
  metrics.count(Severity::info);
  metrics.count(Severity::suspicious);
  metrics.count(Severity::suspicious);
  const std::string text = exposition(metrics);
  CHECK_THAT(text, ContainsSubstring("undecodable_messages_total{reason=\"no_identity\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("undecodable_messages_total{reason=\"websocket\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("undecodable_messages_total{reason=\"cut\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("dropped_matches_total{reason=\"undecodable\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("dropped_matches_total{reason=\"shutdown\"} 3\n"));
  CHECK_THAT(text, ContainsSubstring("claims_differ_total{fact=\"fingerprint\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("claims_differ_total{fact=\"validity\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("alerts_total{severity=\"info\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("alerts_total{severity=\"suspicious\"} 2\n"));
}

TEST_CASE("a feed has one set of series, however often it is asked for") {
  Metrics metrics("1.0.0", "abc");
  metrics.for_feed("a.example:443").reconnects.Increment();
  metrics.for_feed("a.example:443").reconnects.Increment();
  CHECK_THAT(exposition(metrics),
             ContainsSubstring("certwatch_feed_reconnects_total{feed=\"a.example:443\"} 2\n"));
}

TEST_CASE("what a peer calls its log is cleaned and cut") {
  Metrics metrics("1.0.0", "abc");
  metrics.missed_entries("a\"\n\x1b\xff").Increment();
  metrics.missed_entries(std::string(100'000, 'x')).Increment();
  const std::string text = exposition(metrics);
  CHECK_THAT(text, ContainsSubstring("{log=\"a\\\\\\\"\\\\n\\\\u001b\xEF\xBF\xBD\"} 1\n"));
  CHECK(text.size() < 50'000);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE("logs beyond the limit share one series, those known before keep theirs") {
  Metrics metrics("1.0.0", "abc");
  for (int i = 0; i < 400; ++i) metrics.missed_entries("log " + std::to_string(i)).Increment();
  metrics.missed_entries("log 0").Increment();
  const std::string text = exposition(metrics);
  CHECK_THAT(text, ContainsSubstring("{log=\"log 0\"} 2\n"));
  CHECK_THAT(text, ContainsSubstring("{log=\"other\"} 144\n"));
}

}  // namespace
}  // namespace certwatch
