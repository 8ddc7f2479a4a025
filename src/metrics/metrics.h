// Every metric in one place; names, types and labels are README's table (a test compares them).
//
// All members may be used from any thread, without locks: they are references into the registry,
// looked up once. Labels come from closed sets, or from missed_entries() and for_feed(), which
// bound and clean what a peer or an operator wrote.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "model/certificate_facts.h"

namespace certwatch {

// Label values of certwatch_ct_messages_total, in this order in `messages`.
inline constexpr std::array<const char*, 5> message_type_labels{"certificate_update", "heartbeat",
                                                                "dns_entries", "other", "unknown"};
// Why a message, or a part of it, could not be understood; in this order in `undecodable`.
enum class UndecodableReason {
  invalid_json,
  invalid_utf8,
  not_an_object,
  empty,
  too_large,       // over the limit of a message's size; discarded to its end
  cut,             // a text or the list of names is over its limit; the sighting has the beginning
  unreadable_der,  // the DER is no certificate; the sighting is kept without it
  unwatched_der,   // the DER has none of the names that matched; the sighting is kept without it
  no_identity,     // matched, but has nothing to be recognised by
  websocket,       // a frame that breaks RFC 6455; costs the connection
};
inline constexpr std::array<const char*, 10> undecodable_labels{
    "invalid_json", "invalid_utf8",   "not_an_object", "empty",       "too_large",
    "cut",          "unreadable_der", "unwatched_der", "no_identity", "websocket"};
// Why a match was lost; in this order in `dropped_matches`.
enum class DropReason {
  queue_full,   // the bound of the queue between reader and recorder
  undecodable,  // its names matched, but the rest could not be read
  refused,      // the database refuses this very row, also in its barest form
  shutdown,     // written to stderr at the end, because the database was away
};
inline constexpr std::array<const char*, 4> drop_labels{"queue_full", "undecodable", "refused",
                                                        "shutdown"};

// Of the attempts to tell one destination.
struct AttemptMetrics {
  prometheus::Counter& success;
  prometheus::Counter& failure;
  prometheus::Histogram& duration;
};

// Of one feed.
struct FeedMetrics {
  prometheus::Gauge& connected;
  prometheus::Counter& reconnects;
  prometheus::Counter& bytes;
};

class Metrics {
 public:
  Metrics(std::string_view version, std::string_view revision);

  prometheus::Registry& registry() { return *registry_; }

  void count(UndecodableReason reason) {
    undecodable[static_cast<std::size_t>(reason)]->Increment();
  }
  void count(DropReason reason, std::size_t times = 1) {
    dropped_matches[static_cast<std::size_t>(reason)]->Increment(static_cast<double>(times));
  }
  // A message claims what its DER denies.
  void count(ClaimedFact fact) { claims_differ[static_cast<std::size_t>(fact)]->Increment(); }
  // A verdict has fallen.
  void count(Severity severity) {
    (severity == Severity::info ? alerts_info : alerts_suspicious).Increment();
  }

  AttemptMetrics webhook_attempts() { return {webhook_success, webhook_failure, webhook_duration}; }

  // `host_and_port` of a configured feed. The same reference for the same feed.
  FeedMetrics for_feed(const std::string& host_and_port);
  // The counter of missed entries of a log, by source.url. Soft limit: logs beyond the 256th share
  // the label "other".
  prometheus::Counter& missed_entries(std::string_view log);

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Gauge>& feed_connected_;
  prometheus::Family<prometheus::Counter>& feed_reconnects_;
  prometheus::Family<prometheus::Counter>& feed_bytes_;
  prometheus::Family<prometheus::Counter>& missed_entries_;
  std::mutex logs_mutex_;
  std::unordered_map<std::string, prometheus::Counter*> logs_;

 public:
  std::array<prometheus::Counter*, message_type_labels.size()> messages{};
  std::array<prometheus::Counter*, undecodable_labels.size()> undecodable{};
  std::array<prometheus::Counter*, drop_labels.size()> dropped_matches{};
  std::array<prometheus::Counter*, claimed_fact_words.size()> claims_differ{};
  prometheus::Counter& alerts_info;
  prometheus::Counter& alerts_suspicious;
  prometheus::Counter& webhook_success;
  prometheus::Counter& webhook_failure;
  prometheus::Histogram& webhook_duration;
  prometheus::Gauge& watch_entries;
  prometheus::Gauge& last_ct_event;
  prometheus::Gauge& ws_connected;
  prometheus::Gauge& dedupe_cache_size;
  prometheus::Counter& matches;
  prometheus::Counter& repeats;
  prometheus::Counter& crowded_matches;
  prometheus::Counter& resolved;
  prometheus::Gauge& alerts_pending;
  prometheus::Gauge& deliveries_due;
  prometheus::Gauge& oldest_delivery_age;
  prometheus::Histogram& alert_delay;
  prometheus::Gauge& store_up;
  prometheus::Counter& store_errors;
  prometheus::Gauge& watch_refreshed;
  prometheus::Gauge& match_queue_depth;
  prometheus::Gauge& match_queue_capacity;
  prometheus::Counter& deliveries_abandoned;
  prometheus::Gauge& verdicts_overdue;
  prometheus::Gauge& watch_list_shrunk;
};

}  // namespace certwatch
