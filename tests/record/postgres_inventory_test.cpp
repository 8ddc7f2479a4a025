// public.certs as upstream may have it.
#include "contract/arrivals.h"
#include "record/postgres/alert_store.h"
#include "record/postgres/inventory.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using contract::certificate;
using contract::must;
using contract::precertificate;
using contract::with_serial;

Recorded record(AlertStore& store, const NewAlert& alert) {
  return must(store.record(std::vector{alert}, place, JudgeOptions())).front();
}

TEST_CASE("an inventory without the column tbs_sha256 works, and with it as soon as it is there") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run("ALTER TABLE public.certs DROP COLUMN tbs_sha256");
  PostgresAlertStore store(database.secret());
  REQUIRE(store.check_schema());
  PostgresInventory inventory(database.secret());
  InventoryCertificate ours = contract::inventory_certificate("ca");
  ours.tbs_sha256 = "not stored";
  CHECK(must(inventory.add(ours)));
  CHECK(must(inventory.list()).at(0).tbs_sha256.empty());
  CHECK(record(store, certificate("a", "ca")).verdict.known_by == KnownBy::fingerprint);
  CHECK(record(store, precertificate("b", "pb")).verdict.severity == Severity::pending);
  CHECK(record(store, with_serial(precertificate("c", "pc"), "c")).verdict.severity ==
        Severity::pending);
  must(store.judge_due({}, 10));

  sql.run("ALTER TABLE public.certs ADD COLUMN tbs_sha256 TEXT");
  sql.run("INSERT INTO public.certs (fingerprint_sha1, tbs_sha256) VALUES ('x', 'tbs of d')");
  must(store.judge_due({}, 10));
  CHECK(record(store, with_serial(certificate("d", "cd"), "d")).verdict.known_by == KnownBy::tbs);
  CHECK(must(inventory.list()).size() == 2);

  sql.run("ALTER TABLE public.certs DROP COLUMN tbs_sha256");
  // The first to notice keeps the alert, pending; the next knows.
  CHECK(record(store, with_serial(certificate("e", "ca"), "e")).as == Recorded::As::alert);
  sql.run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('cf')");
  CHECK(record(store, with_serial(certificate("f", "cf"), "f")).verdict.known_by ==
        KnownBy::fingerprint);
}

TEST_CASE("names of the inventory that are no array are no names") {
  for (const char* sans : {"null", "{}", "\"www.example.org\"", "7", "[]"}) {
    INFO(sans);
    PostgresDatabase database;
    database.console().run(
        "INSERT INTO public.certs VALUES ('x', 'abc', $1::jsonb, 1000, 2000, 't', 0)", {sans});
    PostgresAlertStore store(database.secret());
    CHECK(record(store, precertificate("a", "pa")).verdict.known_by == KnownBy::serial);
    CHECK(must(PostgresInventory(database.secret()).list()).at(0).sans.empty());
  }
}

TEST_CASE("names of other types in the inventory's array are no names") {
  PostgresDatabase database;
  database.console().run(
      "INSERT INTO public.certs VALUES ('x', 'abc',"
      " '[1, null, true, {\"a\":\"b.c\"}, [\"x.y\"], \"example.org\", \"www.example.org\"]',"
      " 1000, 2000, 't', 0)");
  PostgresAlertStore store(database.secret());
  // The nested ones read as text with quotes in it: another set of names.
  CHECK(record(store, precertificate("a", "pa")).verdict.severity == Severity::pending);
}

TEST_CASE("nulls in the inventory match nothing") {
  PostgresDatabase database;
  database.console().run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('x')");
  PostgresAlertStore store(database.secret());
  CHECK(record(store, precertificate("a", "pa")).verdict.severity == Severity::pending);
  CHECK(must(PostgresInventory(database.secret()).list()).at(0).serial.empty());
}

TEST_CASE("the inventory may be a view") {
  PostgresDatabase database;
  database.console().run(
      "ALTER TABLE public.certs RENAME TO elsewhere;"
      "CREATE VIEW public.certs AS SELECT * FROM public.elsewhere;"
      "INSERT INTO public.elsewhere VALUES ('ca', 'abc', '[]', 1000, 2000, 't', 0)");
  PostgresAlertStore store(database.secret());
  CHECK(store.check_schema());
  CHECK(record(store, certificate("a", "ca")).verdict.known_by == KnownBy::fingerprint);
  CHECK(record(store, precertificate("b", "pb")).verdict.severity == Severity::pending);
}

TEST_CASE("a large inventory without indexes is read once a batch, not once a row") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run(
      "DROP INDEX public.certs_validity;"
      "INSERT INTO public.certs SELECT md5(n::text), to_hex(n), '[]', 1000, 2000, 't', 0"
      "  FROM generate_series(1, 50000) AS n");
  PostgresAlertStore store(database.secret());
  std::vector<NewAlert> batch;
  for (int i = 0; i < 64; ++i) {
    const std::string name = std::to_string(i);
    // Every other one has a serial that the inventory has, among 50,000 of the same validity.
    NewAlert alert = with_serial(precertificate(name, "p" + name), i % 2 == 0 ? "a" + name : "g");
    alert.identity.serial_key = "serial key " + name;
    batch.push_back(alert);
  }
  const auto recorded = must(store.record(batch, place, JudgeOptions()));
  // Within the second that recording waits for the inventory: else they would be pending.
  CHECK(recorded[2].verdict.known_by == KnownBy::serial);
  CHECK(recorded[3].verdict.severity == Severity::pending);
}

}  // namespace
}  // namespace certwatch::postgres
