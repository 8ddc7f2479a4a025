#include "record/refused_content.h"

#include <algorithm>
#include <optional>

#include "base/json_text.h"

namespace certwatch {
namespace {

using Kind = StoreError::Kind;

NewAlert bare(NewAlert alert) {
  alert.sans = "[]";
  alert.issuer.reset();
  return alert;
}

NewAlert barest(NewAlert alert) {
  const auto is_beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const auto has_beyond_ascii = [&](const std::string& text) {
    return std::any_of(text.begin(), text.end(), is_beyond_ascii);
  };
  if (has_beyond_ascii(alert.matched)) alert.matched = "[]";
  if (has_beyond_ascii(alert.identity.fingerprint)) alert.identity.fingerprint.clear();
  if (has_beyond_ascii(alert.identity.serial)) alert.identity.serial.clear();
  alert.payload = json::Object()
                      .add_string("fingerprint_sha1", alert.identity.fingerprint)
                      .add("matched_entries", alert.matched)
                      .members();
  return bare(std::move(alert));
}

}  // namespace

StoreResult<std::vector<Recorded>> record_despite_refusal(
    std::span<const NewAlert> alerts,
    const std::function<StoreResult<std::vector<Recorded>>(std::span<const NewAlert>)>&
        record_together) {
  auto together = record_together(alerts);
  if (together || together.error().kind != Kind::refused) return together;
  std::vector<Recorded> all;
  std::optional<StoreError> refused;
  for (const NewAlert& alert : alerts) {
    StoreResult<std::vector<Recorded>> one = tl::unexpected(together.error());
    for (const NewAlert& attempt : {alert, bare(alert), barest(alert)}) {
      one = record_together(std::span(&attempt, 1));
      if (one || one.error().kind != Kind::refused) break;
    }
    if (one) {
      all.push_back(std::move(one->front()));
    } else if (one.error().kind == Kind::refused) {
      refused = one.error();
      refused->message += ", event " + alert.event_id;
    } else {
      return one;
    }
  }
  if (refused) return tl::unexpected(*refused);
  return all;
}

}  // namespace certwatch
