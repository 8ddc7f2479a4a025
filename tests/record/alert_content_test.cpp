#include "record/alert_content.h"

#include <limits>

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

const std::string sha1_digits = "5bd2bdd28a1b9dbb2cdd5a3b0b7a6a3f4fbd4c5e";

Match match() {
  Match match;
  match.sighting.claimed.sha1 = sha1_digits;
  MessageFacts& message = match.sighting.message;
  message.update_type = "X509LogEntry";
  message.cert_link = "https://log.example/ct/v1/get-entries?start=42&end=42";
  message.source_name = "A Log";
  message.source_url = "https://log.example/";
  message.cert_index = 42;
  message.seen_at = 1717500000;
  message.all_sans_json = R"(["www.example.org","example.org",null,7])";
  message.all_sans_storable_json = R"(["www.example.org","example.org",null,null])";
  message.serial_number = "0123AB";
  message.issuer_o = "An Issuer";
  message.issuer_cn = "An Issuing CA";
  message.not_before_json = "1704067200";
  message.not_after_json = "1711843199.0";
  message.not_before = 1704067200;
  message.not_after = 1711843199;
  match.entries = {"example.org"};
  match.sans = {"example.org", "www.example.org"};
  return match;
}

// The same with DER.
Match match_with_der() {
  Match match = certwatch::match();
  CertificateFacts& facts = match.sighting.computed.emplace();
  facts.sha1 = std::string(40, '1');
  facts.sha256 = std::string(64, 'a');
  facts.tbs_sha256 = std::string(64, 'b');
  facts.spki_sha256 = std::string(64, 'c');
  match.sighting.der = DerState::read;
  return match;
}

std::string message_facts(const Match& match) {
  return content_of(match, {}).message_facts;
}
std::string identity_facts(const Match& match) {
  return content_of(match, {}).identity_facts;
}

// The JSON value of a key in a payload that holds no nested objects.
std::string value_of(const std::string& members, const std::string& key) {
  const std::size_t at = members.find('"' + key + "\":");
  if (at == std::string::npos) return "absent";
  const std::size_t begin = at + key.size() + 3;
  const char closing = members[begin] == '[' ? ']' : ',';
  const std::size_t end = members.find(closing, begin);
  return members.substr(begin, end - begin + (closing == ']' ? 1 : 0));
}

TEST_CASE("every key that identifies the certificate, as README names them") {
  CHECK(identity_facts(match_with_der()) ==
        R"("fingerprint_sha1":")" + std::string(40, '1') + R"(","fingerprint_sha256":")" +
            std::string(64, 'a') + R"(","tbs_sha256":")" + std::string(64, 'b') +
            R"(","spki_sha256":")" + std::string(64, 'c') + R"(","update_type":"X509LogEntry")");
  CHECK(identity_facts(match()) ==
        R"("fingerprint_sha1":")" + sha1_digits +
            R"(","fingerprint_sha256":null,"tbs_sha256":null,"spki_sha256":null,)"
            R"("update_type":"X509LogEntry")");
}

TEST_CASE("every key of the match and its message, as README names them") {
  const char* const expected =
      R"("matched_entries":["example.org"],"matched_sans":["example.org","www.example.org"],)"
      R"("all_sans":["www.example.org","example.org",null,7],)"
      R"("issuer_o":"An Issuer","issuer_cn":"An Issuing CA",)"
      R"("not_before":1704067200,"not_after":1711843199.0,"lifetime_days":90.0,)"
      R"("source_log":"A Log","source_url":"https://log.example/","cert_index":42,)"
      R"("cert_link":"https://log.example/ct/v1/get-entries?start=42&end=42",)"
      R"("serial":"0123AB","seen_at":1717500000)";
  CHECK(message_facts(match()) == expected);
  // They stay the message's where the DER says otherwise.
  CHECK(message_facts(match_with_der()) == expected);
}

TEST_CASE("what the message does not say is null, or empty where it always was") {
  CHECK(message_facts(Match()) ==
        R"("matched_entries":[],"matched_sans":[],"all_sans":[],)"
        R"("issuer_o":null,"issuer_cn":null,"not_before":null,"not_after":null,)"
        R"("lifetime_days":null,"source_log":null,"source_url":null,"cert_index":null,)"
        R"("cert_link":null,"serial":null,"seen_at":0)");
  CHECK(identity_facts(Match()) ==
        R"("fingerprint_sha1":"","fingerprint_sha256":null,"tbs_sha256":null,)"
        R"("spki_sha256":null,"update_type":null)");
}

TEST_CASE("claims that the DER denies are named, and only where there are any") {
  const std::string facts =
      content_of(match_with_der(), {ClaimedFact::fingerprint, ClaimedFact::serial,
                                    ClaimedFact::validity, ClaimedFact::names})
          .identity_facts;
  CHECK(value_of(facts, "claims_differ") == R"(["fingerprint","serial","validity","names"])");
  CHECK(identity_facts(match_with_der()).find("claims_differ") == std::string::npos);
}

TEST_CASE("the columns are the computed fingerprint, and what the message says") {
  AlertContent content = content_of(match_with_der(), {});
  CHECK(content.fingerprint == std::string(40, '1'));
  CHECK(content.sans == R"(["www.example.org","example.org",null,null])");
  CHECK(content.matched == R"(["example.org"])");
  CHECK(content.issuer == "An Issuer");
  CHECK(content.seen_at == 1717500000);
  CHECK(content_of(match(), {}).fingerprint == sha1_digits);
  CHECK(content_of(Match(), {}).sans == "[]");
}

TEST_CASE("the issuer is the first of its names that is not empty, fit for a text column") {
  Match seen = match();
  MessageFacts& message = seen.sighting.message;
  message.issuer_aggregated = "/O=An Issuer\0"s;
  CHECK(content_of(seen, {}).issuer == "/O=An Issuer\uFFFD");
  message.issuer_aggregated = "";
  message.issuer_o.reset();
  CHECK(content_of(seen, {}).issuer == "An Issuing CA");
  message.issuer_cn.reset();
  CHECK_FALSE(content_of(seen, {}).issuer.has_value());
}

TEST_CASE("a row of one claimed fingerprint has that, its kind, and nothing computed") {
  CHECK(claimed_identity_facts(sha1_digits, true) ==
        R"("fingerprint_sha1":")" + sha1_digits +
            R"(","fingerprint_sha256":null,"tbs_sha256":null,"spki_sha256":null,)"
            R"("update_type":"PrecertLogEntry")");
  const std::string of_sha256 = claimed_identity_facts(std::string(64, 'd'), false);
  CHECK(value_of(of_sha256, "fingerprint_sha1") == R"("")");
  CHECK(value_of(of_sha256, "fingerprint_sha256") == '"' + std::string(64, 'd') + '"');
  CHECK(of_sha256.ends_with(R"("update_type":"X509LogEntry")"));
  CHECK(claimed_identity_facts("", false).starts_with(R"("fingerprint_sha1":"",)"));
}

TEST_CASE("an empty text is not an absent one") {
  Match seen = match();
  seen.sighting.message.issuer_o = "";
  seen.sighting.message.cert_link = "";
  const std::string members = message_facts(seen);
  CHECK(value_of(members, "issuer_o") == R"("")");
  CHECK(value_of(members, "cert_link") == R"("")");
}

TEST_CASE("a SHA-256 fingerprint that only the message gives is told as well") {
  Match seen = match();
  seen.sighting.claimed.sha256 = std::string(64, 'd');
  CHECK(value_of(identity_facts(seen), "fingerprint_sha256") == '"' + std::string(64, 'd') + '"');
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
    seen.sighting.message.not_before = 0;
    seen.sighting.message.not_after = row.seconds;
    INFO(row.why);
    CHECK(value_of(message_facts(seen), "lifetime_days") == row.days);
  }
}

TEST_CASE("without one bound there is no lifetime, and the other stands") {
  Match seen = match();
  seen.sighting.message.not_after.reset();
  seen.sighting.message.not_after_json.reset();
  const std::string members = message_facts(seen);
  CHECK(value_of(members, "lifetime_days") == "null");
  CHECK(value_of(members, "not_before") == "1704067200");
  CHECK(value_of(members, "not_after") == "null");
}

TEST_CASE("hostile text is sent exactly as it stood, and breaks nothing") {
  Match seen = match();
  seen.sighting.message.issuer_o = "\"},{\"\\\n\0\x7F\xED\xA0\x80"s;
  seen.sans = {"\"x"};
  const std::string members = message_facts(seen);
  CHECK(members.find(R"("issuer_o":"\"},{\"\\\n\u0000\u007f\ud800",)") != std::string::npos);
  CHECK(members.find(R"("matched_sans":["\"x"],)") != std::string::npos);
}

TEST_CASE("the barest content says whom it is about and what identifies it, and nothing else") {
  AlertContent content;
  content.fingerprint = "c1";
  content.identity_facts = R"("fingerprint_sha1":"c1","tbs_sha256":"t1")";
  content.message_facts = R"("all_sans":["hostile"],"issuer_o":"hostile")";
  content.sans = R"(["hostile"])";
  content.matched = R"(["example.org"])";
  content.issuer = "hostile";
  content.seen_at = 1700000000;
  const AlertContent bare = barest(content);
  CHECK(bare.fingerprint == "c1");
  CHECK(bare.identity_facts == content.identity_facts);
  CHECK(bare.matched == content.matched);
  CHECK(bare.seen_at == content.seen_at);
  CHECK(bare.sans == "[]");
  CHECK_FALSE(bare.issuer);
  CHECK(bare.message_facts.find("hostile") == std::string::npos);
}

TEST_CASE("the barest facts of a message have all their keys") {
  AlertContent content;
  content.matched = R"(["example.org"])";
  const std::string facts = barest(content).message_facts;
  for (const char* member :
       {R"("matched_entries":["example.org"])", R"("matched_sans":[])", R"("all_sans":[])",
        R"("issuer_o":null)", R"("issuer_cn":null)", R"("not_before":null)", R"("not_after":null)",
        R"("lifetime_days":null)", R"("source_log":null)", R"("cert_link":null)",
        R"("serial":null)", R"("seen_at":0)", R"("source_url":null)", R"("cert_index":null)"}) {
    INFO(member);
    CHECK(facts.find(member) != std::string::npos);
  }
}

}  // namespace
}  // namespace certwatch
