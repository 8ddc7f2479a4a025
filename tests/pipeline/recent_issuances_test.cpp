#include "pipeline/recent_issuances.h"

#include "support/catch.h"

using namespace certwatch;

namespace {

Identity with_fingerprint(const std::string& fingerprint) {
  Identity identity;
  identity.fingerprints = {fingerprint};
  return identity;
}

}  // namespace

TEST_CASE("a sighting is known once it has been remembered") {
  RecentIssuances recent;
  CHECK_FALSE(recent.knows(with_fingerprint("aa")));
  recent.remember(1, with_fingerprint("aa"));
  CHECK(recent.knows(with_fingerprint("aa")));
  CHECK_FALSE(recent.knows(with_fingerprint("ab")));
}

TEST_CASE("a sighting that says anything else is not known") {
  struct Row {
    const char* why;
    void (*change)(Identity&);
  };
  const Row row = GENERATE(
      Row{"another TBS hash", [](Identity& one) { one.tbs_sha256 = "tbs"; }},
      Row{"no TBS hash, the same facts otherwise", [](Identity& one) { one.tbs_sha256.clear(); }},
      Row{"a precertificate", [](Identity& one) { one.is_precertificate = true; }},
      Row{"another serial", [](Identity& one) { one.serial_key->serial = "02"; }},
      Row{"another begin", [](Identity& one) { one.serial_key->not_before = 11; }},
      Row{"another end", [](Identity& one) { one.serial_key->not_after = 21; }},
      Row{"no serial", [](Identity& one) { one.serial_key.reset(); }},
      Row{"another fingerprint", [](Identity& one) { one.fingerprints = {"ab"}; }},
      Row{"one more fingerprint",
          [](Identity& one) {
            one.fingerprints = {"aa", "ab"};
          }},
      Row{"no fingerprint", [](Identity& one) { one.fingerprints.clear(); }},
      Row{"another name", [](Identity& one) { one.names = {"b.example.org"}; }},
      Row{"one name less", [](Identity& one) { one.names.clear(); }},
      Row{"elsewhere in the logs", [](Identity& one) { one.source_key = "log"; }},
      Row{"a name in the place of a fingerprint",
          [](Identity& one) { one.names.swap(one.fingerprints); }});
  CAPTURE(row.why);
  Identity identity = with_fingerprint("aa");
  identity.tbs_sha256 = "hash";
  identity.serial_key = SerialKey{"01", 10, 20};
  identity.names = {"a.example.org"};
  RecentIssuances recent;
  recent.remember(1, identity);
  CHECK(recent.knows(identity));
  row.change(identity);
  CHECK_FALSE(recent.knows(identity));
}

TEST_CASE("precertificate and certificate of one row are one issuance") {
  RecentIssuances recent;
  recent.remember(1, with_fingerprint("precertificate"));
  recent.remember(1, with_fingerprint("certificate"));
  CHECK(recent.size() == 1);
  CHECK(recent.knows(with_fingerprint("precertificate")));
  CHECK(recent.knows(with_fingerprint("certificate")));
}

TEST_CASE("the issuance not asked for longest is forgotten, with all its shapes") {
  RecentIssuances recent(2);
  recent.remember(1, with_fingerprint("a1"));
  recent.remember(1, with_fingerprint("a2"));
  recent.remember(2, with_fingerprint("b"));
  CHECK(recent.knows(with_fingerprint("a1")));
  recent.remember(3, with_fingerprint("c"));
  CHECK(recent.size() == 2);
  CHECK(recent.knows(with_fingerprint("a2")));
  CHECK_FALSE(recent.knows(with_fingerprint("b")));
  CHECK(recent.knows(with_fingerprint("c")));
}

TEST_CASE("an issuance in ever new shapes does not grow without bound") {
  RecentIssuances recent(2);
  for (int i = 0; i < 100; ++i) recent.remember(1, with_fingerprint(std::to_string(i)));
  CHECK(recent.size() == 1);
  CHECK(recent.knows(with_fingerprint("99")));
  CHECK_FALSE(recent.knows(with_fingerprint("0")));
}

TEST_CASE("the default holds 2048 issuances") {
  RecentIssuances recent;
  for (int i = 0; i < 3000; ++i) recent.remember(i, with_fingerprint(std::to_string(i)));
  CHECK(recent.size() == 2048);
}
