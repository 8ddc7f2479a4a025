#include "notify/webhook/signature.h"

#include "base/base64.h"
#include "support/catch.h"

namespace certwatch {
namespace {

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md and
// the tests of its reference libraries.
constexpr const char* published_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* published_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t published_timestamp = 1614265330;
constexpr const char* published_body = R"({"test": 2432232314})";
constexpr const char* published_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST_CASE("the signature is the one that the specification publishes") {
  const auto key = parse_signing_secret(Secret(published_secret));
  REQUIRE(key);
  CHECK(webhook_signature(*key, published_id, published_timestamp, published_body) ==
        published_signature);
}

TEST_CASE("a secret may lack its prefix") {
  const auto key = parse_signing_secret(Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  REQUIRE(key);
  CHECK(webhook_signature(*key, published_id, published_timestamp, published_body) ==
        published_signature);
}

TEST_CASE("every part is signed") {
  const auto key = parse_signing_secret(Secret(published_secret));
  REQUIRE(key);
  CHECK(webhook_signature(*key, "msg_other", published_timestamp, published_body) !=
        published_signature);
  CHECK(webhook_signature(*key, published_id, published_timestamp + 1, published_body) !=
        published_signature);
  CHECK(webhook_signature(*key, published_id, published_timestamp, "{}") != published_signature);
  const auto other = parse_signing_secret(Secret("whsec_" + to_base64("another key")));
  REQUIRE(other);
  CHECK(webhook_signature(*other, published_id, published_timestamp, published_body) !=
        published_signature);
}

TEST_CASE("a marked secret that no receiver could decode is a mistake, and is not quoted") {
  const char* text = GENERATE("whsec_", "whsec_correct horse", "whsec_abc");
  const auto key = parse_signing_secret(Secret(text));
  REQUIRE_FALSE(key);
  CHECK(key.error().message == "WEBHOOK_SECRET has no base64 behind its \"whsec_\"");
}

TEST_CASE("a secret that is no base64 and not marked as such is the key as it stands") {
  const char* text = GENERATE("correct horse", "WHSEC_MfKQ", "MfKQ9r8GKYqrTwjUPD8ILPZ=o2La");
  const auto key = parse_signing_secret(Secret(text));
  REQUIRE(key);
  CHECK(key->bytes.reveal() == text);
}

}  // namespace
}  // namespace certwatch
