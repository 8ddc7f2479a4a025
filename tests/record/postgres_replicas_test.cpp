// Two replicas at one row at the same moment.
#include <chrono>
#include <thread>

#include "contract/arrivals.h"
#include "record/postgres/alert_store.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using namespace std::chrono_literals;
using contract::certificate;
using contract::must;
using contract::precertificate;

// Until another session waits for a lock.
void await_waiting(PostgresConsole& sql) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (sql.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                  " AND wait_event_type = 'Lock'") != "0") {
      return;
    }
    std::this_thread::yield();
  }
  FAIL("nobody waits");
}

// A rogue precertificate with the serial of ours, and ours, which is in the inventory; the grace
// window of ours is over.
void set_up(PostgresDatabase& database, AlertStore& store) {
  must(store.record(
      std::vector{precertificate("b", "pb"), precertificate("a", "pa"), certificate("a", "ca")},
      place, {}));
  database.console().run(
      "INSERT INTO public.certs (fingerprint_sha1) VALUES ('ca');"
      " UPDATE public.alerts SET decide_at = now() - interval '1 s' WHERE serial_conflict");
}

std::vector<Verdict> judge_while(PostgresDatabase& database, AlertStore& store,
                                 const std::string& another_does) {
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; " + another_does + " WHERE fingerprint = 'pb'");
  StoreResult<std::vector<Verdict>> verdicts;
  {
    std::jthread judge([&] { verdicts = store.judge_due({}, 10); });
    await_waiting(database.console());
    replica.run("COMMIT");
  }
  return must(std::move(verdicts));
}

TEST_CASE("what another replica calls ours just then loses our serial all the same") {
  PostgresDatabase database;
  PostgresAlertStore store(database.secret());
  set_up(database, store);
  const auto verdicts =
      judge_while(database, store,
                  "UPDATE public.alerts SET severity = 'info', known_by = 'serial',"
                  " provisional = true, decided_at = now(), due_at = now(), attempts = 1,"
                  " lease_until = now() + interval '1 h'");
  REQUIRE(verdicts.size() == 2);
  CHECK(verdicts[0].severity == Severity::suspicious);
  CHECK(verdicts[0].reason == Reason::serial_conflict);
  CHECK(verdicts[1].known_by == KnownBy::fingerprint);
  CHECK(database.console().value("SELECT count(*) FROM public.alerts WHERE fingerprint = 'pb'"
                                 " AND lease_until IS NULL AND attempts = 0") == "1");
}

TEST_CASE("what loses our serial just then is not resolved by it") {
  PostgresDatabase database;
  PostgresAlertStore store(database.secret());
  must(store.record(std::vector{precertificate("b", "pb")}, place, {}));
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  REQUIRE(must(store.judge_due({}, 10)).size() == 1);
  database.console().run(
      "INSERT INTO public.certs (fingerprint_sha1, serial, not_before, not_after)"
      " VALUES ('ca', 'abc', 1000, 2000)");
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; UPDATE public.alerts SET serial_conflict = true, ours_by_serial = false");
  StoreResult<std::vector<Verdict>> resolved;
  {
    std::jthread resolve([&] { resolved = store.resolve_late(Seconds{86400}, {}); });
    await_waiting(database.console());
    replica.run("COMMIT");
  }
  CHECK(must(std::move(resolved)).empty());
  // It would have been.
  database.console().run("UPDATE public.alerts SET serial_conflict = false, ours_by_serial = true");
  CHECK(must(store.resolve_late(Seconds{86400}, {})).size() == 1);
}

TEST_CASE("what another replica finds to be ours for certain just then loses nothing") {
  PostgresDatabase database;
  PostgresAlertStore store(database.secret());
  set_up(database, store);
  const auto verdicts = judge_while(database, store,
                                    "UPDATE public.alerts SET severity = 'info', known_by = 'tbs',"
                                    " decided_at = now(), due_at = now()");
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].known_by == KnownBy::fingerprint);
  CHECK(database.console().value("SELECT severity || serial_conflict FROM public.alerts"
                                 " WHERE fingerprint = 'pb'") == "infofalse");
}

TEST_CASE("while a rogue is locked for long, ours is not judged without it") {
  PostgresDatabase database;
  PostgresAlertStore store(database.secret());
  set_up(database, store);
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; SELECT FROM public.alerts WHERE fingerprint = 'pb' FOR UPDATE");
  const auto judged = store.judge_due({}, 10);
  REQUIRE_FALSE(judged);
  CHECK(judged.error().kind == StoreError::Kind::too_slow);
  CHECK(database.console().value("SELECT count(*) FROM public.alerts WHERE severity = 'pending'") ==
        "2");
  replica.run("ROLLBACK");
  REQUIRE(must(store.judge_due({}, 10)).size() == 1);
  CHECK(database.console().value("SELECT serial_conflict FROM public.alerts"
                                 " WHERE fingerprint = 'pb'") == "t");
}

TEST_CASE("recording goes on while a rogue is locked, and ours gets its verdict later") {
  PostgresDatabase database;
  PostgresAlertStore store(database.secret());
  must(store.record(std::vector{precertificate("b", "pb"), precertificate("a", "pa")}, place, {}));
  database.console().run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('ca')");
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; SELECT FROM public.alerts WHERE fingerprint = 'pb' FOR UPDATE");
  const auto recorded = must(store.record(std::vector{certificate("a", "ca")}, place, {}));
  CHECK(recorded[0].verdict.severity == Severity::pending);
  replica.run("ROLLBACK");
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  const auto verdicts = must(store.judge_due({}, 10));
  REQUIRE(verdicts.size() == 2);
  CHECK(verdicts[0].reason == Reason::serial_conflict);
  CHECK(verdicts[1].known_by == KnownBy::fingerprint);
}

}  // namespace
}  // namespace certwatch::postgres
