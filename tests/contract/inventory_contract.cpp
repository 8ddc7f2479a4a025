// What record/inventory.h promises; how the ledger finds certificates is shown in
// ledger_store_contract.cpp.
#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

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

}  // namespace
}  // namespace certwatch::contract
