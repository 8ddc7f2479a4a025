#include "record/inventory_match.h"

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("serials are the same however they are written") {
  for (const char* written : {"abc", "00:0A:bC", "0xABC", "0x0abc", "0X00 0A BC", "a-b-c", "0a-bc",
                              " abc\t", "000abc", "A:B:C"}) {
    INFO(written);
    CHECK(is_same_serial(written, "abc"));
    CHECK(is_same_serial("abc", written));
  }
  for (const char* written : {"abc0", "a00bc", "ab", "", "0", "0x", "abc0x", "xabc"}) {
    INFO(written);
    CHECK_FALSE(is_same_serial(written, "abc"));
  }
  CHECK(is_same_serial("00:00", "0"));
  for (const char* nothing : {"", " ", ":", "-", "0x"}) {
    INFO(nothing);
    CHECK_FALSE(is_same_serial(nothing, nothing));
    CHECK_FALSE(is_same_serial(nothing, "0"));
  }
}

TEST_CASE("names as a set, of what may be a DNS name of two labels") {
  CHECK(inventory_names({" B.Example. ", "a.example", "b.example", "localhost", "192.0.2.1",
                         "2001:db8::1", "::ffff:192.0.2.1", "me@a.example", "http://a.example",
                         "a b.example", "..", ""}) ==
        std::vector<std::string>{"a.example", "b.example"});
  CHECK(inventory_names({"DNS:b.example", "dns: A.example.", "DNS:192.0.2.1", "DNS:"}) ==
        std::vector<std::string>{"a.example", "b.example"});
  CHECK(inventory_names({"*.example.org", "x.example.org.."}) ==
        std::vector<std::string>{"*.example.org", "x.example.org"});
}

TEST_CASE("names agree where they are the same, or there is nothing to compare") {
  const std::vector<std::string> names{"a.example", "xn--bcher-kva.example"};
  CHECK(names_agree(names, names));
  CHECK(names_agree({"DNS:xn--bcher-kva.example", "DNS:A.example"}, names));
  CHECK(names_agree({}, names));
  CHECK(names_agree({"a.example",
                     "b\xC3\xBC"
                     "cher.example"},
                    names));
  CHECK(names_agree({"b\xFC"
                     "cher.example"},
                    names));
  CHECK_FALSE(names_agree({"a.example"}, names));
  // Only what the inventory says: a certificate may have names in any form.
  CHECK_FALSE(names_agree({"a.example"}, {"b\xC3\xBC"
                                          "cher.example"}));
}

struct Case {
  const char* why;
  RowToJudge row;
  std::optional<KnownBy> known_by;
  Severity severity;
  std::optional<Reason> reason;
  bool provisional = false;
  bool vanishes = false;
};

TEST_CASE("what follows from what the inventory knows") {
  const auto unknown = std::optional<KnownBy>();
  const Case cases[] = {
      {"not known, in time", {}, unknown, Severity::pending, {}},
      {"not known, grace over", {true}, unknown, Severity::suspicious, Reason::unknown},
      {"by fingerprint", {}, KnownBy::fingerprint, Severity::info, {}},
      {"by fingerprint, late", {true}, KnownBy::fingerprint, Severity::info, {}},
      {"by TBS hash, in conflict", {true, false, true}, KnownBy::tbs, Severity::info, {}},
      {"by serial, may be", {false, true}, KnownBy::serial, Severity::info, {}, true},
      {"by serial, may not be", {false, false}, KnownBy::serial, Severity::pending, {}},
      {"by serial, may not be, late",
       {true, false},
       KnownBy::serial,
       Severity::suspicious,
       Reason::serial_only},
      {"by serial, in conflict",
       {true, true, true},
       KnownBy::serial,
       Severity::suspicious,
       Reason::serial_conflict},
      {"a conflict that nobody knows",
       {true, false, true},
       unknown,
       Severity::suspicious,
       Reason::serial_conflict},
      {"confirms",
       {false, false, false, true},
       KnownBy::fingerprint,
       Severity::info,
       {},
       false,
       true},
      {"waits to confirm", {false, true, false, true}, KnownBy::serial, Severity::pending, {}},
      {"does not confirm",
       {true, false, false, true},
       unknown,
       Severity::suspicious,
       Reason::serial_only},
  };
  for (const Case& one : cases) {
    INFO(one.why);
    const Ruling ruling = rule(one.row, one.known_by);
    CHECK(ruling.severity == one.severity);
    CHECK(ruling.reason == one.reason);
    CHECK(ruling.known_by == (one.severity == Severity::info ? one.known_by : std::nullopt));
    CHECK(ruling.is_provisional == one.provisional);
    CHECK(ruling.vanishes == one.vanishes);
  }
}

struct RivalCase {
  const char* why;
  Rival rival;
  Loss loss;
};

TEST_CASE("what a row loses to one that is ours for certain and has its serial") {
  const RivalCase cases[] = {
      {"pending, could be ours by serial", {Severity::pending, false, false, true}, Loss::claim},
      {"pending, could not", {Severity::pending}, Loss::nothing},
      {"called ours by serial", {Severity::info, false, true, true}, Loss::verdict},
      {"whatever it could be by now", {Severity::info, false, true, false}, Loss::verdict},
      {"called so, and its certificate will be the alert",
       {Severity::info, false, true, true, true},
       Loss::nothing},
      {"certain itself", {Severity::info, false, false, true}, Loss::nothing},
      {"suspicious, could be resolved by serial",
       {Severity::suspicious, false, false, true},
       Loss::claim},
      {"suspicious, could not", {Severity::suspicious}, Loss::nothing},
      {"resolved by serial", {Severity::suspicious, true, true, true}, Loss::verdict},
      {"resolved, certain", {Severity::suspicious, true, false, true}, Loss::nothing},
  };
  for (const RivalCase& one : cases) {
    INFO(one.why);
    CHECK(loss(one.rival) == one.loss);
  }
}

}  // namespace
}  // namespace certwatch
