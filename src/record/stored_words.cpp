#include "record/stored_words.h"

namespace certwatch {

Severity severity_of(std::string_view text) {
  if (text == word(Severity::info)) return Severity::info;
  if (text == word(Severity::suspicious)) return Severity::suspicious;
  return Severity::pending;
}

std::optional<KnownBy> known_by_of(std::string_view text) {
  for (const KnownBy one : {KnownBy::fingerprint, KnownBy::tbs, KnownBy::serial}) {
    if (text == word(one)) return one;
  }
  return std::nullopt;
}

std::optional<Reason> reason_of(std::string_view text) {
  for (const Reason one : {Reason::unknown, Reason::serial_only, Reason::serial_conflict}) {
    if (text == word(one)) return one;
  }
  return std::nullopt;
}

Importance importance_of(std::string_view text) {
  for (const Importance one : {Importance::medium, Importance::high, Importance::critical}) {
    if (text == word(one)) return one;
  }
  return Importance::info;
}

DeliveryKind delivery_kind_of(std::string_view text) {
  for (const DeliveryKind one : {DeliveryKind::resolution, DeliveryKind::disproof}) {
    if (text == word(one)) return one;
  }
  return DeliveryKind::verdict;
}

}  // namespace certwatch
