// One alert on its way to one destination until it is settled.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "model/alert.h"

namespace certwatch {

enum class DeliveryKind {
  verdict,     // the alert itself
  resolution,  // a suspicious alert turned out to be ours
  disproof,    // a log's entry turned out not to be in its tree
};

constexpr const char* word(DeliveryKind kind) {
  constexpr std::array words{"verdict", "resolution", "disproof"};
  return words[static_cast<std::size_t>(kind)];
}

// Somebody who is told, as the replicas announce them.
struct Destination {
  std::string name;  // "webhook"
  // The least importance that is told there.
  Importance least = Importance::info;
};

// What a notifier is handed for one attempt. It says the same in every attempt of one event.
struct Delivery {
  std::int64_t id = 0;     // of the delivery
  std::int64_t alert = 0;  // the row
  // The number of the attempt that was claimed, from 1. It is also the fence against a settlement
  // that comes after the lease has gone to somebody else.
  int attempt = 0;
  std::string destination;
  DeliveryKind kind = DeliveryKind::verdict;
  std::string event_id;
  // The event ids of other alerts: the one that is resolved, the one that contradicts, the one that
  // is told again.
  std::optional<std::string> resolves;
  std::optional<std::string> conflicts_with;
  std::optional<std::string> refutes;
  Severity severity = Severity::suspicious;  // of the event: info for a resolution
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  AlertKind alert_kind = AlertKind::issuance;
  Importance importance = Importance::critical;
  // As in AlertContent. A row of before has all of its facts in message_facts.
  std::string identity_facts;
  std::string message_facts;
  std::string matched;  // for the log
};

// How one attempt ended.
struct Settlement {
  enum class Kind { delivered, retry_after, given_up };
  Kind kind = Kind::delivered;
  Seconds delay{0};   // for retry_after, from now
  std::string error;  // for the other two: why. Hostile; bounded by the caller.
};

}  // namespace certwatch
