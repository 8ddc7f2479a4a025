// public.certs as upstream may have it.
#include "contract/desk.h"
#include "record/postgres/inventory.h"
#include "record/postgres/ledger_store.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using contract::by_fingerprint;
using contract::inventory_certificate;
using contract::must;

Identities by_hash(const std::string& hash) {
  Identities wanted;
  wanted.tbs_sha256 = {hash};
  return wanted;
}

Identities by_serial(const std::string& serial) {
  Identities wanted;
  wanted.serial_keys = {SerialKey{serial, 1000, 2000}};
  return wanted;
}

std::vector<InventoryCertificate> look(LedgerStore& store, const Identities& wanted) {
  auto found = must(store.look(wanted));
  if (!found.inventory_answered) throw std::runtime_error("the inventory did not answer");
  return std::move(found.inventory);
}

TEST_CASE("an inventory without the column tbs_sha256 works, and with it as soon as it is there") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run("ALTER TABLE public.certs DROP COLUMN tbs_sha256");
  PostgresLedgerStore store(database.secret());
  REQUIRE(store.check_schema());
  PostgresInventory inventory(database.secret());
  InventoryCertificate ours = inventory_certificate("ca");
  ours.tbs_sha256 = "not stored";
  CHECK(must(inventory.add(ours)));
  CHECK(must(inventory.list()).at(0).tbs_sha256.empty());
  CHECK(look(store, by_fingerprint("ca")).size() == 1);
  CHECK(look(store, by_serial("abc")).size() == 1);
  CHECK(look(store, by_hash("not stored")).empty());

  sql.run("ALTER TABLE public.certs ADD COLUMN tbs_sha256 TEXT");
  sql.run("INSERT INTO public.certs (fingerprint_sha1, tbs_sha256) VALUES ('x', 'tbs of d')");
  const auto by_its_hash = look(store, by_hash("tbs of d"));
  REQUIRE(by_its_hash.size() == 1);
  CHECK(by_its_hash[0].tbs_sha256 == "tbs of d");
  CHECK(must(inventory.list()).size() == 2);

  sql.run("ALTER TABLE public.certs DROP COLUMN tbs_sha256");
  CHECK(look(store, by_fingerprint("ca")).size() == 1);
  CHECK(look(store, by_hash("tbs of d")).empty());
  CHECK(must(inventory.list()).size() == 2);
}

TEST_CASE("names of the inventory that are no array are no names") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  for (const char* sans : {"null", "{}", "\"www.example.org\"", "7", "[]"}) {
    INFO(sans);
    database.console().run("DELETE FROM public.certs");
    database.console().run(
        "INSERT INTO public.certs VALUES ('x', 'abc', $1::jsonb, 1000, 2000, 't', 0)", {sans});
    const auto found = look(store, by_serial("abc"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].sans.empty());
    CHECK(must(PostgresInventory(database.secret()).list()).at(0).sans.empty());
  }
}

TEST_CASE("elements of other types in the inventory's array are read as text") {
  PostgresDatabase database;
  database.console().run(
      "INSERT INTO public.certs VALUES ('x', 'abc',"
      " '[1, null, true, {\"a\":\"b.c\"}, [\"x.y\"], \"example.org\"]', 1000, 2000, 't', 0)");
  PostgresLedgerStore store(database.secret());
  const auto found = look(store, by_serial("abc"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].sans.size() == 6);
  CHECK(found[0].sans.back() == "example.org");
}

TEST_CASE("nulls in the inventory match nothing") {
  PostgresDatabase database;
  database.console().run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('x')");
  PostgresLedgerStore store(database.secret());
  CHECK(look(store, by_serial("0")).empty());
  CHECK(look(store, by_hash("NULL")).empty());
  CHECK(look(store, by_fingerprint("x")).at(0).serial.empty());
  CHECK(must(PostgresInventory(database.secret()).list()).at(0).serial.empty());
}

TEST_CASE("the inventory may be a view, and have columns of any name") {
  PostgresDatabase database;
  database.console().run(
      "ALTER TABLE public.certs RENAME TO elsewhere;"
      "CREATE VIEW public.certs AS SELECT *, 1 AS hash, 2 AS ours FROM public.elsewhere;"
      "INSERT INTO public.elsewhere VALUES ('ca', 'abc', '[]', 1000, 2000, 't', 0, 'tbs of a')");
  PostgresLedgerStore store(database.secret());
  CHECK(store.check_schema());
  CHECK(look(store, by_fingerprint("ca")).size() == 1);
  CHECK(look(store, by_serial("abc")).size() == 1);
  CHECK(look(store, by_hash("tbs of a")).size() == 1);
}

TEST_CASE("a large inventory without indexes is read once a batch, not once a row") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run(
      "DROP INDEX public.certs_validity; DROP INDEX public.certs_tbs_sha256;"
      "INSERT INTO public.certs SELECT md5(n::text), to_hex(n), '[]', 1000, 2000, 't', 0"
      "  FROM generate_series(1, 50000) AS n");
  PostgresLedgerStore store(database.secret());
  Identities batch;
  for (int i = 0; i < 64; ++i) {
    // Every other one has a serial that the inventory has, among 50,000 of the same validity.
    const std::string serial = (i % 2 == 0 ? "a" : "g") + std::to_string(i);
    batch.serial_keys.push_back(SerialKey{serial, 1000, 2000});
    batch.fingerprints.push_back("p" + serial);
    batch.tbs_sha256.push_back("tbs of " + serial);
  }
  // Within the second that the inventory has.
  CHECK(look(store, batch).size() == 32);
}

}  // namespace
}  // namespace certwatch::postgres
