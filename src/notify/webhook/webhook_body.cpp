#include "notify/webhook/webhook_body.h"

#include "base/json_text.h"

namespace certwatch {
namespace {

// The word of a verdict, quoted; null where there is none.
template <class Word>
std::string word_or_null(const std::optional<Word>& value) {
  return value ? json::quoted(word(*value)) : "null";
}

std::string event_members(const Delivery& delivery) {
  const bool is_info = delivery.severity == Severity::info;
  const bool is_suspicious = delivery.severity == Severity::suspicious;
  json::Object event;
  event.add_string("id", delivery.event_id)
      .add_string("kind", word(delivery.alert_kind))
      .add_string("importance", word(delivery.importance))
      .add_string("severity", word(delivery.severity))
      .add("known_by", is_info ? word_or_null(delivery.known_by) : "null")
      .add("reason", is_suspicious ? word_or_null(delivery.reason) : "null");
  if (delivery.resolves) event.add_string("resolves", *delivery.resolves);
  if (delivery.conflicts_with) event.add_string("conflicts_with", *delivery.conflicts_with);
  if (delivery.refutes) event.add_string("refutes", *delivery.refutes);
  return event.members();
}

}  // namespace

std::string webhook_body(const Delivery& delivery) {
  std::string members = event_members(delivery);
  for (const std::string* facts : {&delivery.identity_facts, &delivery.message_facts}) {
    if (!facts->empty()) members += "," + *facts;
  }
  return "{" + members + "}";
}

}  // namespace certwatch
