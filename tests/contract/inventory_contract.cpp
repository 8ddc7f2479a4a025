// What record/inventory.h promises; how it is looked up is shown by the alert store's suite, too.
#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

const std::vector<std::string> names{"example.org", "www.example.org"};

TEST_CASE("a certificate is added once, and listed as it is") {
  const auto store = make_store();
  const auto inventory = store->inventory();
  InventoryCertificate one = inventory_certificate("f1");
  one.sans = {"example.org", "www.example.org",
              "b\xC3\xBC"
              "cher.example",
              "a\"b\\c,{}.example"};
  one.tbs_sha256 = "tbs1";
  one.added_at = 5;
  CHECK(must(inventory->add(one)));
  CHECK_FALSE(must(inventory->add(one)));
  InventoryCertificate earlier = inventory_certificate("f0");
  earlier.added_at = 4;
  earlier.sans.clear();
  CHECK(must(inventory->add(earlier)));
  const auto all = must(inventory->list());
  REQUIRE(all.size() == 2);
  CHECK(all[0].fingerprint_sha1 == "f0");
  CHECK(all[0].sans.empty());
  CHECK(all[0].tbs_sha256.empty());
  CHECK(all[1].fingerprint_sha1 == "f1");
  CHECK(all[1].serial == one.serial);
  CHECK(all[1].sans == one.sans);
  CHECK(all[1].not_before == 1000);
  CHECK(all[1].not_after == 2000);
  CHECK(all[1].source == "test");
  CHECK(all[1].tbs_sha256 == "tbs1");
  CHECK(all[1].added_at == 5);
}

TEST_CASE("adding again fills in a TBS hash that was missing, and nothing else") {
  const auto store = make_store();
  const auto inventory = store->inventory();
  must(inventory->add(inventory_certificate("f1")));
  InventoryCertificate again = inventory_certificate("f1");
  again.tbs_sha256 = "tbs1";
  again.serial = "another";
  CHECK_FALSE(must(inventory->add(again)));
  again.tbs_sha256 = "tbs2";
  CHECK_FALSE(must(inventory->add(again)));
  const auto all = must(inventory->list());
  REQUIRE(all.size() == 1);
  CHECK(all[0].tbs_sha256 == "tbs1");
  CHECK(all[0].serial == inventory_certificate("f1").serial);
}

TEST_CASE("by what a certificate is known, the strongest first") {
  const auto store = make_store();
  const auto inventory = store->inventory();
  const Identity identity = certificate("a", "fa").identity;
  CHECK_FALSE(must(inventory->known_by(identity, names)));
  must(inventory->add(inventory_certificate("other")));
  CHECK(must(inventory->known_by(identity, names)) == KnownBy::serial);
  CHECK_FALSE(must(inventory->known_by(identity, {"example.org"})));
  InventoryCertificate twin = inventory_certificate("twin");
  twin.tbs_sha256 = identity.tbs_sha256;
  must(inventory->add(twin));
  CHECK(must(inventory->known_by(identity, names)) == KnownBy::tbs);
  must(inventory->add(inventory_certificate("fa")));
  CHECK(must(inventory->known_by(identity, names)) == KnownBy::fingerprint);
}

TEST_CASE("a serial is known however the inventory writes it, and a message") {
  for (const char* written :
       {"ABC", "0xabc", "0x0ABC", "0A:BC", "0a bc", " abc\t", "0A-BC", "a-b-c", "00000abc"}) {
    for (const char* asked : {"abc", "0abc", "ABC", "a:bc"}) {
      INFO(written << " " << asked);
      const auto store = make_store();
      const auto inventory = store->inventory();
      InventoryCertificate ours = inventory_certificate("other");
      ours.serial = written;
      must(inventory->add(ours));
      Identity identity = certificate("a", "fa").identity;
      identity.serial = asked;
      CHECK(must(inventory->known_by(identity, names)) == KnownBy::serial);
    }
  }
}

TEST_CASE("another serial is another, and none is none") {
  const std::pair<const char*, const char*> pairs[] = {
      {"abc0", "abc"}, {"0", "abc"}, {"", "abc"}, {":", "0"},  {"-", "0"},     {"0x", "0"},
      {" ", "0"},      {"", ""},     {":", ":"},  {"abc", ""}, {"xabc", "abc"}};
  for (const auto& [written, asked] : pairs) {
    INFO('"' << written << "\" \"" << asked << '"');
    const auto store = make_store();
    const auto inventory = store->inventory();
    InventoryCertificate ours = inventory_certificate("other");
    ours.serial = written;
    must(inventory->add(ours));
    Identity identity = certificate("a", "fa").identity;
    identity.serial = asked;
    CHECK_FALSE(must(inventory->known_by(identity, names)));
  }
  const auto store = make_store();
  const auto inventory = store->inventory();
  InventoryCertificate ours = inventory_certificate("other");
  ours.serial = "00:00";
  must(inventory->add(ours));
  Identity zero = certificate("a", "fa").identity;
  zero.serial = "0";
  CHECK(must(inventory->known_by(zero, names)) == KnownBy::serial);
}

TEST_CASE("names of the inventory: with DNS: in front, and in Unicode") {
  struct {
    std::vector<std::string> sans;
    bool known;
  } const cases[] = {
      {{"DNS:example.org", "DNS:www.example.org"}, true},
      {{"dns:WWW.example.org.", " DNS: example.org "}, true},
      {{"DNS:example.org"}, false},
      {{"example.org", "www.example.org", "DNS:more.example.org"}, false},
      // What is in Unicode cannot be compared.
      {{"b\xC3\xBC"
        "cher.example"},
       true},
      {{"example.org",
        "DNS:b\xC3\xBC"
        "cher.example"},
       true},
      {{"example.org", "xn--bcher-kva.example"}, false},
  };
  for (const auto& one : cases) {
    const auto store = make_store();
    const auto inventory = store->inventory();
    InventoryCertificate ours = inventory_certificate("other");
    ours.sans = one.sans;
    must(inventory->add(ours));
    INFO(one.sans.front());
    CHECK(must(inventory->known_by(certificate("a", "fa").identity, names)).has_value() ==
          one.known);
  }
}

TEST_CASE("nothing known of a certificate, nothing known by it") {
  const auto store = make_store();
  const auto inventory = store->inventory();
  must(inventory->add(inventory_certificate("")));
  CHECK_FALSE(must(inventory->known_by(Identity(), {})));
}

}  // namespace
}  // namespace certwatch::contract
