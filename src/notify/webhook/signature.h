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

// WEBHOOK_SECRET: base64 behind the prefix "whsec_", as the specification has it, or without the
// prefix, as its reference libraries read it too. What has no prefix and is no base64 is the key as
// it stands: receivers written by hand take it so, the libraries refuse it. With the prefix it is a
// mistake. The error does not quote it.
Result<SigningKey> parse_signing_secret(const Secret& text);

// The value of the field webhook-signature: "v1," and the base64 of HMAC-SHA256 over
// "id.timestamp.body". `timestamp` is the attempt's, in Unix seconds.
std::string webhook_signature(const SigningKey& key, std::string_view event_id,
                              std::int64_t timestamp, std::string_view body);

}  // namespace certwatch
