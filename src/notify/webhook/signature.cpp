#include "notify/webhook/signature.h"

#include <optional>

#include "base/base64.h"
#include "base/digest.h"

namespace certwatch {

Result<SigningKey> parse_signing_secret(const Secret& text) {
  constexpr std::string_view prefix = "whsec_";
  std::string_view digits = text.reveal();
  const bool is_marked = digits.starts_with(prefix);
  if (is_marked) digits.remove_prefix(prefix.size());
  std::optional<std::string> bytes = from_base64(digits);
  if (bytes && !bytes->empty()) return SigningKey{Secret(std::move(*bytes))};
  if (!is_marked && !digits.empty()) return SigningKey{text};
  return failure("WEBHOOK_SECRET has no base64 behind its \"whsec_\"");
}

std::string webhook_signature(const SigningKey& key, std::string_view event_id,
                              std::int64_t timestamp, std::string_view body) {
  std::string signed_text(event_id);
  signed_text += '.';
  signed_text += std::to_string(timestamp);
  signed_text += '.';
  signed_text += body;
  return "v1," + to_base64(hmac_sha256(key.bytes.reveal(), signed_text));
}

}  // namespace certwatch
