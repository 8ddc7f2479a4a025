#include "record/refused_content.h"

#include <algorithm>
#include <optional>

#include "base/json_text.h"

namespace certwatch {
namespace {

using Kind = StoreError::Kind;

// An alert, and what it lacks.
struct Reduced {
  NewAlert alert;
  std::string left_out;
};

Reduced bare(Reduced whole) {
  whole.alert.sans = "[]";
  whole.alert.issuer.reset();
  whole.left_out = "list of names, issuer";
  return whole;
}

Reduced barest(Reduced whole) {
  Reduced reduced = bare(std::move(whole));
  NewAlert& alert = reduced.alert;
  reduced.left_out += ", payload";
  const auto is_beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const auto replace = [&](std::string& text, const char* by, const char* what) {
    if (std::none_of(text.begin(), text.end(), is_beyond_ascii)) return;
    text = by;
    reduced.left_out += std::string(", ") + what;
  };
  replace(alert.matched, "[]", "matched entries");
  replace(alert.identity.fingerprint, "", "fingerprint");
  replace(alert.identity.serial, "", "serial");
  alert.payload = json::Object()
                      .add_string("fingerprint_sha1", alert.identity.fingerprint)
                      .add("matched_entries", alert.matched)
                      .members();
  return reduced;
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
    const Reduced whole{alert, ""};
    for (const Reduced& attempt : {whole, bare(whole), barest(whole)}) {
      one = record_together(std::span(&attempt.alert, 1));
      if (one) one->front().left_out = attempt.left_out;
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
