// Signed requests, as the Standard Webhooks specification has them
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace certwatch {

struct SigningKey {
  Secret bytes;
};

// Reads WEBHOOK_SECRET. The specification has the prefix "whsec_" and base64; its libraries also
// take base64 without the prefix. A text that is not base64 is the key as it stands if it has no
// prefix, because receivers written by hand take it so. With the prefix it is a mistake. The error
// does not quote the secret.
Result<SigningKey> parse_signing_secret(const Secret& text);

// The value of the field webhook-signature: "v1," and the base64 of HMAC-SHA256 over
// "id.timestamp.body". `timestamp` is the attempt's, in Unix seconds.
std::string webhook_signature(const SigningKey& key, std::string_view event_id,
                              std::int64_t timestamp, std::string_view body);

}  // namespace certwatch
