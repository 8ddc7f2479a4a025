#include "pipeline/recent_issuances.h"

#include "support/catch.h"

using namespace certwatch;

namespace {

Identity with_fingerprint(const std::string& fingerprint) {
  Identity identity;
  identity.fingerprint = fingerprint;
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

TEST_CASE("a sighting that says anything new is not known") {
  RecentIssuances recent;
  Identity identity = with_fingerprint("aa");
  identity.serial_key = "key";
  recent.remember(1, identity);
  Identity with_tbs = identity;
  with_tbs.tbs_sha256 = "tbs";
  CHECK_FALSE(recent.knows(with_tbs));
  Identity as_precertificate = identity;
  as_precertificate.is_precertificate = true;
  CHECK_FALSE(recent.knows(as_precertificate));
  Identity elsewhere = identity;
  elsewhere.source_key = "log";
  CHECK_FALSE(recent.knows(elsewhere));
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
