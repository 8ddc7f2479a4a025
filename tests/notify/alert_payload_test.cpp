#include "notify/alert_payload.h"

#include <limits>

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

Match match() {
  Match match;
  Sighting& sighting = match.sighting;
  sighting.update_type = "X509LogEntry";
  sighting.cert_link = "https://log.example/ct/v1/get-entries?start=42&end=42";
  sighting.source_name = "A Log";
  sighting.source_url = "https://log.example/";
  sighting.cert_index = 42;
  sighting.seen_at = 1717500000;
  sighting.names = {"www.example.org", "example.org"};
  sighting.all_sans_json = R"(["www.example.org","example.org",null,7])";
  sighting.fingerprint_sha1 = "5bd2bdd28a1b9dbb2cdd5a3b0b7a6a3f4fbd4c5e";
  sighting.serial_number = "0123AB";
  sighting.issuer_o = "An Issuer";
  sighting.issuer_cn = "An Issuing CA";
  sighting.not_before_json = "1704067200";
  sighting.not_after_json = "1711843199.0";
  sighting.not_before = 1704067200;
  sighting.not_after = 1711843199;
  match.entries = {"example.org"};
  match.sans = {"example.org", "www.example.org"};
  return match;
}

const CertificateHashes hashes{std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')};

// The JSON value of a key in a payload that holds no nested objects.
std::string value_of(const std::string& members, const std::string& key) {
  const std::size_t at = members.find('"' + key + "\":");
  if (at == std::string::npos) return "absent";
  const std::size_t begin = at + key.size() + 3;
  const char closing = members[begin] == '[' ? ']' : ',';
  const std::size_t end = members.find(closing, begin);
  return members.substr(begin, end - begin + (closing == ']' ? 1 : 0));
}

TEST_CASE("every key of the payload, as README names them") {
  CHECK(payload_members(match(), hashes) ==
        R"("fingerprint_sha1":"5bd2bdd28a1b9dbb2cdd5a3b0b7a6a3f4fbd4c5e",)"
        R"("matched_entries":["example.org"],"matched_sans":["example.org","www.example.org"],)"
        R"("all_sans":["www.example.org","example.org",null,7],)"
        R"("issuer_o":"An Issuer","issuer_cn":"An Issuing CA",)"
        R"("not_before":1704067200,"not_after":1711843199.0,"lifetime_days":90.0,)"
        R"("source_log":"A Log",)"
        R"("cert_link":"https://log.example/ct/v1/get-entries?start=42&end=42",)"
        R"("serial":"0123AB","update_type":"X509LogEntry","seen_at":1717500000,)"
        R"("fingerprint_sha256":")" +
            std::string(64, 'a') + R"(","tbs_sha256":")" + std::string(64, 'b') +
            R"(","spki_sha256":")" + std::string(64, 'c') +
            R"(","source_url":"https://log.example/","cert_index":42)");
}

TEST_CASE("what the message does not say is null, or empty where it always was") {
  const std::string members = payload_members(Match(), CertificateHashes());
  CHECK(members == R"("fingerprint_sha1":"","matched_entries":[],"matched_sans":[],"all_sans":[],)"
                   R"("issuer_o":null,"issuer_cn":null,"not_before":null,"not_after":null,)"
                   R"("lifetime_days":null,"source_log":null,"cert_link":null,"serial":null,)"
                   R"("update_type":null,"seen_at":0,"fingerprint_sha256":null,"tbs_sha256":null,)"
                   R"("spki_sha256":null,"source_url":null,"cert_index":null)");
}

TEST_CASE("an empty text is not an absent one") {
  Match seen = match();
  seen.sighting.issuer_o = "";
  seen.sighting.cert_link = "";
  const std::string members = payload_members(seen, hashes);
  CHECK(value_of(members, "issuer_o") == R"("")");
  CHECK(value_of(members, "cert_link") == R"("")");
}

TEST_CASE("the SHA-256 fingerprint is the computed one, else the server's") {
  Match seen = match();
  seen.sighting.fingerprint_sha256 = std::string(64, 'd');
  CHECK(value_of(payload_members(seen, hashes), "fingerprint_sha256") ==
        '"' + std::string(64, 'a') + '"');
  CHECK(value_of(payload_members(seen, {}), "fingerprint_sha256") ==
        '"' + std::string(64, 'd') + '"');
}

TEST_CASE("a lifetime has two decimals, rounded as Python rounds") {
  struct Row {
    const char* why;
    double seconds;
    const char* days;
  };
  const Row rows[] = {
      {"whole days", 86400.0 * 398, "398.0"},
      {"a second less", 86400.0 * 90 - 1, "90.0"},
      {"an hour", 3600, "0.04"},
      {"a tie in binary goes to the even one", 86400.0 * 0.125, "0.12"},
      {"and up where that is even", 86400.0 * 0.375, "0.38"},
      {"what only looks like a tie", 86400.0 * 2.675, "2.67"},
      {"six days and a bit", 543600, "6.29"},
      {"ends before it begins", -86400.0 * 1.5, "-1.5"},
      {"no time at all", 0, "0.0"},
      {"longer than all time", 1e300 * 86400, "1e+300"},
      {"beyond numbers", std::numeric_limits<double>::infinity(), "null"},
      {"no number", std::numeric_limits<double>::quiet_NaN(), "null"},
  };
  for (const Row& row : rows) {
    Match seen = match();
    seen.sighting.not_before = 0;
    seen.sighting.not_after = row.seconds;
    INFO(row.why);
    CHECK(value_of(payload_members(seen, hashes), "lifetime_days") == row.days);
  }
}

TEST_CASE("without one bound there is no lifetime, and the other stands") {
  Match seen = match();
  seen.sighting.not_after.reset();
  seen.sighting.not_after_json.reset();
  const std::string members = payload_members(seen, hashes);
  CHECK(value_of(members, "lifetime_days") == "null");
  CHECK(value_of(members, "not_before") == "1704067200");
  CHECK(value_of(members, "not_after") == "null");
}

TEST_CASE("hostile text is sent exactly as it stood, and breaks nothing") {
  Match seen = match();
  seen.sighting.issuer_o = "\"},{\"\\\n\0\x7F\xED\xA0\x80"s;
  seen.sans = {"\"x"};
  const std::string members = payload_members(seen, hashes);
  CHECK(members.find(R"("issuer_o":"\"},{\"\\\n\u0000\u007f\ud800",)") != std::string::npos);
  CHECK(members.find(R"("matched_sans":["\"x"],)") != std::string::npos);
}

Delivery delivery(Severity severity) {
  Delivery delivery;
  delivery.event_id = "11111111-2222-4333-8444-555555555555";
  delivery.severity = severity;
  delivery.payload = R"("seen_at":7)";
  return delivery;
}

TEST_CASE("the body of an alert that is ours says how it is known") {
  Delivery ours = delivery(Severity::info);
  ours.known_by = KnownBy::tbs;
  ours.reason = Reason::serial_only;  // belongs to suspicious alerts: not sent
  CHECK(event_body(ours) == R"({"id":"11111111-2222-4333-8444-555555555555","severity":"info",)"
                            R"("known_by":"tbs","reason":null,"seen_at":7})");
}

TEST_CASE("the body of a suspicious alert says why") {
  Delivery foreign = delivery(Severity::suspicious);
  foreign.reason = Reason::serial_conflict;
  foreign.known_by = KnownBy::serial;  // belongs to alerts that are ours: not sent
  CHECK(event_body(foreign) ==
        R"({"id":"11111111-2222-4333-8444-555555555555","severity":"suspicious",)"
        R"("known_by":null,"reason":"serial_conflict","seen_at":7})");
}

TEST_CASE("a resolution names the alert that it resolves") {
  Delivery resolution = delivery(Severity::info);
  resolution.known_by = KnownBy::fingerprint;
  resolution.resolves = "99999999-2222-4333-8444-555555555555";
  CHECK(event_body(resolution) ==
        R"({"id":"11111111-2222-4333-8444-555555555555","severity":"info",)"
        R"("known_by":"fingerprint","reason":null,)"
        R"("resolves":"99999999-2222-4333-8444-555555555555","seen_at":7})");
}

TEST_CASE("a body without a payload is an object all the same") {
  Delivery bare = delivery(Severity::suspicious);
  bare.payload.clear();
  CHECK(event_body(bare).ends_with(R"("reason":null})"));
}

TEST_CASE("every word of a verdict is sent as the contract spells it") {
  const std::pair<KnownBy, const char*> known[] = {{KnownBy::fingerprint, "\"fingerprint\""},
                                                   {KnownBy::tbs, "\"tbs\""},
                                                   {KnownBy::serial, "\"serial\""}};
  for (const auto& [value, word] : known) {
    Delivery ours = delivery(Severity::info);
    ours.known_by = value;
    CHECK(value_of(event_body(ours), "known_by") == word);
  }
  const std::pair<Reason, const char*> reasons[] = {
      {Reason::unknown, "\"unknown\""},
      {Reason::serial_only, "\"serial_only\""},
      {Reason::serial_conflict, "\"serial_conflict\""}};
  for (const auto& [value, word] : reasons) {
    Delivery foreign = delivery(Severity::suspicious);
    foreign.reason = value;
    CHECK(value_of(event_body(foreign), "reason") == word);
  }
}

}  // namespace
}  // namespace certwatch
