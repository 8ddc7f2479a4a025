#include "decode/certstream_json.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "decode/certstream_walk.h"
#include "decode/json_token.h"
#include "x509/facts.h"

namespace certwatch {
namespace {

MessageType type_of(std::string_view token) {
  if (token.empty() || plain_token(token) == "null") return MessageType::unknown;
  const auto inside = string_inside(token);
  if (!inside) return MessageType::other;
  for (const MessageType type :
       {MessageType::certificate_update, MessageType::heartbeat, MessageType::dns_entries}) {
    if (means(*inside, word(type))) return type;
  }
  return MessageType::other;
}

template <class Integer>
std::optional<Integer> integer(std::string_view token) {
  const auto number = number_token(token);
  return number ? parse_number<Integer>(*number) : std::nullopt;
}

std::optional<double> real(std::string_view token) {
  const auto number = number_token(token);
  return number ? parse_number<double>(*number) : std::nullopt;
}

// A time as it stands, if it is a number of sane length.
std::optional<std::string> number_text(std::string_view token) {
  constexpr std::size_t longest = 40;
  const auto number = number_token(token);
  if (!number || number->size() > longest) return std::nullopt;
  return std::string(*number);
}

// The digits of a fingerprint, lower case; empty where it is none.
std::string digits_of(std::string_view fingerprint) {
  constexpr std::size_t longest = 200;
  if (fingerprint.size() > longest) return {};
  std::string digits = lower(fingerprint);
  digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
  // The digests of no bytes at all, which servers give where they do not have the certificate.
  const bool is_of_nothing =
      digits == "da39a3ee5e6b4b0d3255bfef95601890afd80709" ||
      digits == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return is_hex(digits) && !is_of_nothing ? digits : std::string();
}

// "PrecertLogEntry"; CaliDog's first server wrote "PreCertEntry".
bool says_precertificate(std::string_view update_type) {
  return lower(trim(update_type)).starts_with("precert");
}

// Makes one sighting out of the tokens of a message.
class Reading {
 public:
  explicit Reading(StringRoom& strings) : strings_(strings) {}

  // False: a string is malformed.
  bool take_names(const std::vector<std::string_view>& elements);
  void take_body(const CertstreamTokens::Body& body);
  void take_leaf(const CertstreamTokens::Leaf& leaf);
  void take_der(std::string_view leaf, std::string_view issuer);

  Decoded result;

 private:
  std::optional<std::string> text(std::string_view token);
  std::string_view whole_text(std::string_view token) {
    return strings_.text(token).value_or(std::string_view());
  }
  bool take_element(std::string_view token);
  bool add_element(std::string_view exact, std::string_view storable);
  void take_fingerprints(const CertstreamTokens::Leaf& leaf);

  StringRoom& strings_;
  NameRoom room_;
};

std::optional<std::string> Reading::text(std::string_view token) {
  const auto whole = strings_.text(token);
  if (!whole) return std::nullopt;
  const std::string_view kept = beginning(*whole, longest_text);
  if (kept.size() < whole->size()) ++result.cuts;
  return std::string(kept);
}

// False: there is no room.
bool Reading::add_element(std::string_view exact, std::string_view storable) {
  if (!room_.take(exact.size())) {
    ++result.cuts;
    return false;
  }
  MessageFacts& message = result.sighting.message;
  const char* const comma = message.all_sans_json.size() > 1 ? "," : "";
  message.all_sans_json.append(comma).append(exact);
  message.all_sans_storable_json.append(comma).append(storable);
  return true;
}

// False: it is a malformed string.
bool Reading::take_element(std::string_view token) {
  if (!room_.has_room_for(token.size())) {
    ++result.cuts;
    return true;
  }
  if (token.front() != '"') {
    add_element(plain_token(token).value_or("null"), "null");
    return true;
  }
  const auto name = strings_.text(token);
  if (!name) return false;
  const std::string exact = json::quoted(*name, json::Form::exact);
  if (add_element(exact, json::quoted(*name, json::Form::storable))) {
    result.sighting.claimed.names.emplace_back(*name);
  }
  return true;
}

// Names, and both JSON forms of the list.
bool Reading::take_names(const std::vector<std::string_view>& elements) {
  MessageFacts& message = result.sighting.message;
  message.all_sans_json = message.all_sans_storable_json = "[";
  for (const std::string_view token : elements) {
    if (!take_element(token)) return false;
  }
  message.all_sans_json += ']';
  message.all_sans_storable_json += ']';
  return true;
}

void Reading::take_fingerprints(const CertstreamTokens::Leaf& leaf) {
  constexpr std::size_t sha1_digits = 40;
  constexpr std::size_t sha256_digits = 64;
  CertificateFacts& claimed = result.sighting.claimed;
  std::string sha256 = digits_of(whole_text(leaf.sha256));
  std::string fingerprint = digits_of(whole_text(leaf.fingerprint));
  if (sha256.size() == sha256_digits) claimed.sha256 = std::move(sha256);
  if (fingerprint.size() == sha256_digits) claimed.sha256 = fingerprint;
  if (fingerprint.size() == sha1_digits) claimed.sha1 = std::move(fingerprint);
}

void Reading::take_leaf(const CertstreamTokens::Leaf& leaf) {
  MessageFacts& message = result.sighting.message;
  message.serial_number = text(leaf.serial_number);
  message.issuer_o = text(leaf.issuer_o);
  message.issuer_cn = text(leaf.issuer_cn);
  message.issuer_aggregated = text(leaf.issuer_aggregated);
  message.not_before_json = number_text(leaf.not_before);
  message.not_after_json = number_text(leaf.not_after);
  if (message.not_before_json) message.not_before = real(leaf.not_before);
  if (message.not_after_json) message.not_after = real(leaf.not_after);

  CertificateFacts& claimed = result.sighting.claimed;
  take_fingerprints(leaf);
  claimed.serial = message.serial_number.value_or("");
  if (message.not_before) claimed.not_before = whole_seconds(*message.not_before);
  if (message.not_after) claimed.not_after = whole_seconds(*message.not_after);
}

void Reading::take_body(const CertstreamTokens::Body& body) {
  MessageFacts& message = result.sighting.message;
  message.update_type = text(body.update_type);
  message.cert_link = text(body.cert_link);
  message.source_name = text(body.source_name);
  message.source_url = text(body.source_url);
  message.cert_index = integer<std::int64_t>(body.cert_index);
  const auto seen = real(body.seen);
  message.seen_at = seen ? whole_seconds(*seen).value_or(0) : 0;
  result.sighting.claimed.is_precertificate = says_precertificate(message.update_type.value_or(""));
  take_leaf(body.leaf);
  take_der(body.leaf.as_der, body.issuer_der);
}

void Reading::take_der(std::string_view leaf, std::string_view issuer) {
  const std::string_view base64 = whole_text(leaf);
  if (base64.empty()) return;
  Sighting& sighting = result.sighting;
  sighting.der = DerState::unreadable;
  const auto der = from_base64(base64);
  if (!der) return;
  auto facts = facts_of(*der, from_base64(whole_text(issuer)).value_or(""));
  if (!facts) return;
  sighting.computed = std::move(*facts);
  sighting.der = DerState::read;
}

}  // namespace

struct CertstreamDecoder::Parts {
  CertstreamWalk walk;
  StringRoom strings;

  // Turns tokens into names, in place; what is no string goes. False: a string is malformed.
  bool names_from_tokens(std::vector<std::string_view>& names);
};

bool CertstreamDecoder::Parts::names_from_tokens(std::vector<std::string_view>& names) {
  auto kept = names.begin();
  for (const std::string_view token : names) {
    if (token.front() != '"') continue;
    const auto name = strings.text(token);
    if (!name) return false;
    *kept++ = *name;
  }
  names.erase(kept, names.end());
  return true;
}

CertstreamDecoder::CertstreamDecoder() : parts_(std::make_unique<Parts>()) {}
CertstreamDecoder::~CertstreamDecoder() = default;

Result<Skimmed, Undecodable> CertstreamDecoder::skim(const Message& message) {
  parts_->strings.begin(message.size);
  const auto walked = parts_->walk.walk(message, CertstreamWalk::Extent::names);
  if (!walked) return tl::unexpected(walked.error());
  CertstreamTokens& tokens = parts_->walk.tokens();
  Skimmed skimmed;
  skimmed.type = type_of(tokens.message_type);
  if (skimmed.type != MessageType::certificate_update) return skimmed;

  if (!parts_->names_from_tokens(tokens.all_domains)) {
    return tl::unexpected(Undecodable::invalid_json);
  }
  skimmed.names = tokens.all_domains;
  const auto url = parts_->strings.text(tokens.body.source_url);
  const auto index = integer<std::uint64_t>(tokens.body.cert_index);
  if (url && index) {
    skimmed.source_url = *url;
    skimmed.cert_index = index;
  }
  return skimmed;
}

Result<Decoded, Undecodable> CertstreamDecoder::read(const Message& message) {
  auto walked = parts_->walk.walk(message, CertstreamWalk::Extent::everything);
  // What skim() could pass over may be malformed. A match must not be lost for that.
  if (!walked) walked = parts_->walk.walk(message, CertstreamWalk::Extent::names);
  if (!walked) return tl::unexpected(walked.error());

  parts_->strings.begin(message.size);
  Reading reading(parts_->strings);
  reading.result.sighting.received_at = message.received_at;
  reading.result.sighting.received_steady = message.received_steady;
  const CertstreamTokens& tokens = parts_->walk.tokens();
  if (!reading.take_names(tokens.all_domains)) return tl::unexpected(Undecodable::invalid_json);
  reading.take_body(tokens.body);
  return std::move(reading.result);
}

}  // namespace certwatch
