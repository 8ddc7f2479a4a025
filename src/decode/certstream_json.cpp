#include "decode/certstream_json.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/json_text.h"
#include "base/number.h"
#include "base/text.h"
#include "decode/certstream_walk.h"
#include "decode/json_token.h"

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

// A fingerprint in lower case without colons; empty where it says nothing.
std::string plain_digest(std::string_view text) {
  constexpr std::size_t longest = 128;
  std::string digest = lower(text);
  digest.erase(std::remove(digest.begin(), digest.end(), ':'), digest.end());
  // The digests of no bytes at all, which servers give where they do not have the certificate.
  const bool is_of_nothing =
      digest == "da39a3ee5e6b4b0d3255bfef95601890afd80709" ||
      digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return digest.size() > longest || is_of_nothing ? std::string() : digest;
}

}  // namespace

struct CertstreamDecoder::Parts {
  CertstreamWalk walk;
  StringRoom strings;

  std::optional<std::string> text(std::string_view token) {
    const auto found = strings.text(token);
    return found ? std::optional<std::string>(*found) : std::nullopt;
  }
  std::string text_or_empty(std::string_view token) {
    return std::string(strings.text(token).value_or(std::string_view()));
  }

  // Turns tokens into names, in place; what is no string goes. False: a string is malformed.
  bool names_from_tokens(std::vector<std::string_view>& names);
  // Names and both JSON forms of the list. False: a string is malformed.
  bool take_names(const std::vector<std::string_view>& elements, Sighting& sighting);
  void take_leaf(const CertstreamTokens::Leaf& leaf, Sighting& sighting);
  void take_body(const CertstreamTokens::Body& body, Sighting& sighting);
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

bool CertstreamDecoder::Parts::take_names(const std::vector<std::string_view>& elements,
                                          Sighting& sighting) {
  std::string& exact = sighting.all_sans_json = "[";
  std::string& storable = sighting.all_sans_storable_json = "[";
  for (const std::string_view token : elements) {
    const char* const comma = exact.size() > 1 ? "," : "";
    exact += comma;
    storable += comma;
    if (token.front() != '"') {
      exact += plain_token(token).value_or("null");
      storable += "null";
      continue;
    }
    const auto name = strings.text(token);
    if (!name) return false;
    exact += json::quoted(*name, json::Form::exact);
    storable += json::quoted(*name, json::Form::storable);
    sighting.names.emplace_back(*name);
  }
  exact += ']';
  storable += ']';
  return true;
}

void CertstreamDecoder::Parts::take_leaf(const CertstreamTokens::Leaf& leaf, Sighting& sighting) {
  sighting.fingerprint_sha1 = plain_digest(text_or_empty(leaf.fingerprint));
  constexpr std::size_t sha256_digits = 64;
  const std::string sha256 = plain_digest(text_or_empty(leaf.sha256));
  if (sha256.size() == sha256_digits && is_hex(sha256)) sighting.fingerprint_sha256 = sha256;
  sighting.serial_number = text(leaf.serial_number);
  sighting.issuer_o = text(leaf.issuer_o);
  sighting.issuer_cn = text(leaf.issuer_cn);
  sighting.issuer_aggregated = text(leaf.issuer_aggregated);
  sighting.not_before_json = number_text(leaf.not_before);
  sighting.not_after_json = number_text(leaf.not_after);
  if (sighting.not_before_json) sighting.not_before = real(leaf.not_before);
  if (sighting.not_after_json) sighting.not_after = real(leaf.not_after);
  sighting.as_der_base64 = text_or_empty(leaf.as_der);
}

void CertstreamDecoder::Parts::take_body(const CertstreamTokens::Body& body, Sighting& sighting) {
  sighting.update_type = text(body.update_type);
  sighting.cert_link = text(body.cert_link);
  sighting.source_name = text(body.source_name);
  sighting.source_url = text(body.source_url);
  sighting.cert_index = integer<std::int64_t>(body.cert_index);
  const auto seen = real(body.seen);
  sighting.seen_at = seen ? whole_seconds(*seen).value_or(0) : 0;
  sighting.issuer_der_base64 = text_or_empty(body.issuer_der);
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

Result<Sighting, Undecodable> CertstreamDecoder::read(const Message& message) {
  auto walked = parts_->walk.walk(message, CertstreamWalk::Extent::everything);
  // What skim() could pass over may be malformed. A match must not be lost for that.
  if (!walked) walked = parts_->walk.walk(message, CertstreamWalk::Extent::names);
  if (!walked) return tl::unexpected(walked.error());

  const CertstreamTokens& tokens = parts_->walk.tokens();
  parts_->strings.begin(message.size);
  Sighting sighting;
  sighting.received_at = message.received_at;
  sighting.received_steady = message.received_steady;
  if (!parts_->take_names(tokens.all_domains, sighting)) {
    return tl::unexpected(Undecodable::invalid_json);
  }
  parts_->take_leaf(tokens.body.leaf, sighting);
  parts_->take_body(tokens.body, sighting);
  return sighting;
}

}  // namespace certwatch
