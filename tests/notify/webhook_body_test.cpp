#include "notify/webhook/webhook_body.h"

#include "support/catch.h"

namespace certwatch {
namespace {

// The JSON value of a key in a payload that holds no nested objects.
std::string value_of(const std::string& members, const std::string& key) {
  const std::size_t at = members.find('"' + key + "\":");
  if (at == std::string::npos) return "absent";
  const std::size_t begin = at + key.size() + 3;
  const char closing = members[begin] == '[' ? ']' : ',';
  const std::size_t end = members.find(closing, begin);
  return members.substr(begin, end - begin + (closing == ']' ? 1 : 0));
}

Delivery delivery(Severity severity) {
  Delivery delivery;
  delivery.event_id = "11111111-2222-4333-8444-555555555555";
  delivery.severity = severity;
  delivery.importance = importance_of(severity);
  delivery.identity_facts = R"("fingerprint_sha1":"ab")";
  delivery.message_facts = R"("seen_at":7)";
  return delivery;
}

TEST_CASE("the body of an alert that is ours says how it is known") {
  Delivery ours = delivery(Severity::info);
  ours.known_by = KnownBy::tbs;
  ours.reason = Reason::serial_only;  // belongs to suspicious alerts: not sent
  CHECK(webhook_body(ours) ==
        R"({"id":"11111111-2222-4333-8444-555555555555","kind":"issuance",)"
        R"("importance":"info","severity":"info",)"
        R"("known_by":"tbs","reason":null,"fingerprint_sha1":"ab","seen_at":7})");
}

TEST_CASE("the body of a suspicious alert says why") {
  Delivery foreign = delivery(Severity::suspicious);
  foreign.reason = Reason::serial_conflict;
  foreign.known_by = KnownBy::serial;  // belongs to alerts that are ours: not sent
  CHECK(webhook_body(foreign) ==
        R"({"id":"11111111-2222-4333-8444-555555555555","kind":"issuance",)"
        R"("importance":"critical","severity":"suspicious",)"
        R"("known_by":null,"reason":"serial_conflict","fingerprint_sha1":"ab","seen_at":7})");
}

TEST_CASE("a resolution names the alert that it resolves") {
  Delivery resolution = delivery(Severity::info);
  resolution.known_by = KnownBy::fingerprint;
  resolution.resolves = "99999999-2222-4333-8444-555555555555";
  CHECK(webhook_body(resolution) ==
        R"({"id":"11111111-2222-4333-8444-555555555555","kind":"issuance",)"
        R"("importance":"info","severity":"info","known_by":"fingerprint","reason":null,)"
        R"("resolves":"99999999-2222-4333-8444-555555555555",)"
        R"("fingerprint_sha1":"ab","seen_at":7})");
}

TEST_CASE("an alert names the events that contradict it and that it tells again") {
  Delivery refutation = delivery(Severity::suspicious);
  refutation.reason = Reason::serial_conflict;
  refutation.conflicts_with = "99999999-2222-4333-8444-555555555555";
  refutation.refutes = "88888888-2222-4333-8444-555555555555";
  const std::string body = webhook_body(refutation);
  CHECK(value_of(body, "conflicts_with") == R"("99999999-2222-4333-8444-555555555555")");
  CHECK(value_of(body, "refutes") == R"("88888888-2222-4333-8444-555555555555")");
  for (const char* key : {"resolves", "conflicts_with", "refutes"}) {
    CHECK(value_of(webhook_body(delivery(Severity::suspicious)), key) == "absent");
  }
}

TEST_CASE("a row of before has all facts in one part, and one without any is an object as well") {
  Delivery bare = delivery(Severity::suspicious);
  bare.identity_facts.clear();
  CHECK(webhook_body(bare).ends_with(R"("reason":null,"seen_at":7})"));
  bare.message_facts.clear();
  CHECK(webhook_body(bare).ends_with(R"("reason":null})"));
}

TEST_CASE("every word of a verdict is sent as the contract spells it") {
  const std::pair<KnownBy, const char*> known[] = {{KnownBy::fingerprint, "\"fingerprint\""},
                                                   {KnownBy::tbs, "\"tbs\""},
                                                   {KnownBy::serial, "\"serial\""}};
  for (const auto& [value, word] : known) {
    Delivery ours = delivery(Severity::info);
    ours.known_by = value;
    CHECK(value_of(webhook_body(ours), "known_by") == word);
  }
  const std::pair<Reason, const char*> reasons[] = {
      {Reason::unknown, "\"unknown\""},
      {Reason::serial_only, "\"serial_only\""},
      {Reason::serial_conflict, "\"serial_conflict\""}};
  for (const auto& [value, word] : reasons) {
    Delivery foreign = delivery(Severity::suspicious);
    foreign.reason = value;
    CHECK(value_of(webhook_body(foreign), "reason") == word);
  }
}

}  // namespace
}  // namespace certwatch
