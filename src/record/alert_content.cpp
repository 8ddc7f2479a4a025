#include "record/alert_content.h"

#include <array>
#include <charconv>
#include <optional>

#include "base/json_text.h"
#include "base/number.h"

namespace certwatch {
namespace {

// Rounded to two decimals as Python rounds: to the nearest of the exact value, ties to even.
double to_two_decimals(double value) {
  std::array<char, 400> digits;  // the largest double has 309 before the point
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 std::chars_format::fixed, 2);
  const std::string_view text(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  return parse_number<double>(text).value_or(value);
}

std::string lifetime_days(const MessageFacts& message) {
  constexpr double seconds_per_day = 86400;
  if (!message.not_before || !message.not_after) return "null";
  const double days = (*message.not_after - *message.not_before) / seconds_per_day;
  std::string number = json::number(to_two_decimals(days));
  // Always with a fraction, for those who read whole numbers as another type.
  if (number.find_first_not_of("-0123456789") == std::string::npos) number += ".0";
  return number;
}

// Nothing where there is no hash.
std::optional<std::string> known(const std::string& hash) {
  return hash.empty() ? std::nullopt : std::optional(hash);
}

json::Object identity_facts_of(const CertificateFacts& facts,
                               const std::optional<std::string>& update_type) {
  json::Object members;
  members.add_string("fingerprint_sha1", facts.sha1)
      .add_string_or_null("fingerprint_sha256", known(facts.sha256))
      .add_string_or_null("tbs_sha256", known(facts.tbs_sha256))
      .add_string_or_null("spki_sha256", known(facts.spki_sha256))
      .add_string_or_null("update_type", update_type);
  return members;
}

json::Object message_facts_of(const MessageFacts& message, const std::string& matched_entries,
                              const std::vector<std::string>& matched_sans) {
  json::Object members;
  members.add("matched_entries", matched_entries)
      .add("matched_sans", json::array(matched_sans))
      .add("all_sans", message.all_sans_json.empty() ? "[]" : message.all_sans_json)
      .add_string_or_null("issuer_o", message.issuer_o)
      .add_string_or_null("issuer_cn", message.issuer_cn)
      .add("not_before", message.not_before_json.value_or("null"))
      .add("not_after", message.not_after_json.value_or("null"))
      .add("lifetime_days", lifetime_days(message))
      .add_string_or_null("source_log", message.source_name)
      .add_string_or_null("source_url", message.source_url)
      .add("cert_index", message.cert_index ? std::to_string(*message.cert_index) : "null")
      .add_string_or_null("cert_link", message.cert_link)
      .add_string_or_null("serial", message.serial_number)
      .add_integer("seen_at", message.seen_at);
  return members;
}

std::optional<std::string> issuer_of(const MessageFacts& message) {
  for (const auto* name : {&message.issuer_aggregated, &message.issuer_o, &message.issuer_cn}) {
    if (*name && !(*name)->empty()) return json::storable_text(**name);
  }
  return std::nullopt;
}

std::string words_of(const std::vector<ClaimedFact>& facts) {
  std::vector<std::string> words;
  for (const ClaimedFact fact : facts) words.emplace_back(word(fact));
  return json::array(words);
}

}  // namespace

AlertContent content_of(const Match& match, const std::vector<ClaimedFact>& differing) {
  const Sighting& sighting = match.sighting;
  const MessageFacts& message = sighting.message;
  json::Object identity_facts = identity_facts_of(sighting.facts(), message.update_type);
  if (!differing.empty()) identity_facts.add("claims_differ", words_of(differing));
  AlertContent content;
  content.fingerprint = sighting.facts().sha1;
  content.identity_facts = identity_facts.members();
  content.message_facts =
      message_facts_of(message, json::array(match.entries), match.sans).members();
  content.sans = message.all_sans_storable_json.empty() ? "[]" : message.all_sans_storable_json;
  content.matched = json::array(match.entries, json::Form::storable);
  content.issuer = issuer_of(message);
  content.seen_at = message.seen_at;
  return content;
}

AlertContent barest(const AlertContent& content) {
  MessageFacts nothing;
  nothing.seen_at = content.seen_at;
  AlertContent bare = content;
  bare.sans = "[]";
  bare.issuer.reset();
  bare.message_facts = message_facts_of(nothing, content.matched, {}).members();
  return bare;
}

std::string claimed_identity_facts(const std::string& fingerprint, bool is_precertificate) {
  constexpr std::size_t sha1_digits = 40;
  CertificateFacts facts;
  (fingerprint.size() > sha1_digits ? facts.sha256 : facts.sha1) = fingerprint;
  return identity_facts_of(facts, is_precertificate ? "PrecertLogEntry" : "X509LogEntry").members();
}

}  // namespace certwatch
