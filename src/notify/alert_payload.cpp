#include "notify/alert_payload.h"

#include <array>
#include <charconv>

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

std::string lifetime_days(const Sighting& sighting) {
  constexpr double seconds_per_day = 86400;
  if (!sighting.not_before || !sighting.not_after) return "null";
  const double days = (*sighting.not_after - *sighting.not_before) / seconds_per_day;
  std::string number = json::number(to_two_decimals(days));
  // Always with a fraction, for those who read whole numbers as another type.
  if (number.find_first_not_of("-0123456789") == std::string::npos) number += ".0";
  return number;
}

// Nothing where there is no hash.
std::optional<std::string> known(const std::string& hash) {
  return hash.empty() ? std::nullopt : std::optional(hash);
}

// The word of a verdict, quoted; null where there is none.
template <class Word>
std::string word_or_null(const std::optional<Word>& value) {
  return value ? json::quoted(word(*value)) : "null";
}

}  // namespace

std::string payload_members(const Match& match, const CertificateHashes& hashes) {
  const Sighting& sighting = match.sighting;
  const auto fingerprint_sha256 = known(hashes.fingerprint_sha256);
  json::Object members;
  members.add_string("fingerprint_sha1", sighting.fingerprint_sha1)
      .add("matched_entries", json::array(match.entries))
      .add("matched_sans", json::array(match.sans))
      .add("all_sans", sighting.all_sans_json.empty() ? "[]" : sighting.all_sans_json)
      .add_string_or_null("issuer_o", sighting.issuer_o)
      .add_string_or_null("issuer_cn", sighting.issuer_cn)
      .add("not_before", sighting.not_before_json.value_or("null"))
      .add("not_after", sighting.not_after_json.value_or("null"))
      .add("lifetime_days", lifetime_days(sighting))
      .add_string_or_null("source_log", sighting.source_name)
      .add_string_or_null("cert_link", sighting.cert_link)
      .add_string_or_null("serial", sighting.serial_number)
      .add_string_or_null("update_type", sighting.update_type)
      .add_integer("seen_at", sighting.seen_at)
      .add_string_or_null("fingerprint_sha256",
                          fingerprint_sha256 ? fingerprint_sha256 : sighting.fingerprint_sha256)
      .add_string_or_null("tbs_sha256", known(hashes.tbs_sha256))
      .add_string_or_null("spki_sha256", known(hashes.spki_sha256))
      .add_string_or_null("source_url", sighting.source_url)
      .add("cert_index", sighting.cert_index ? std::to_string(*sighting.cert_index) : "null");
  return members.members();
}

std::string event_body(const Delivery& delivery) {
  const bool is_info = delivery.severity == Severity::info;
  const bool is_suspicious = delivery.severity == Severity::suspicious;
  json::Object verdict;
  verdict.add_string("id", delivery.event_id)
      .add_string("severity", word(delivery.severity))
      .add("known_by", is_info ? word_or_null(delivery.known_by) : "null")
      .add("reason", is_suspicious ? word_or_null(delivery.reason) : "null");
  if (delivery.resolves) verdict.add_string("resolves", *delivery.resolves);
  const std::string separator = delivery.payload.empty() ? "" : ",";
  return "{" + verdict.members() + separator + delivery.payload + "}";
}

}  // namespace certwatch
