// A database that is locked, restarted, read-only, silent or not there.
#include <arpa/inet.h>
#include <chrono>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "contract/desk.h"
#include "record/alert_content.h"
#include "record/arrivals.h"
#include "record/postgres/alert_archive.h"
#include "record/postgres/delivery_store.h"
#include "record/postgres/inventory.h"
#include "record/postgres/ledger_store.h"
#include "record/postgres/watch_source.h"
#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using contract::must;
using Kind = StoreError::Kind;
using Settled = Settlement::Kind;

Arrived record(LedgerStore& store, const ledger::Arrival& arrival) {
  return must(try_to_record(store, arrival));
}

ledger::Arrival numbered(int number) {
  return certificate(std::to_string(number));
}

const std::vector<Destination> only_webhook{{"webhook", Importance::info}};

class Stopwatch {
 public:
  std::chrono::steady_clock::duration read() const {
    return std::chrono::steady_clock::now() - start_;
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Ends every other connection to the database, as a restart does.
void terminate_others(PostgresDatabase& database) {
  database.console().run(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

// A session that holds a lock.
class Holder {
 public:
  Holder(PostgresDatabase& database, const std::string& lock) : sql_(database.dsn()) {
    sql_.run("BEGIN; " + lock);
  }
  void let_go() { sql_.run("ROLLBACK"); }

 private:
  PostgresConsole sql_;
};

TEST_CASE("while the inventory is locked alerts are on record, pending, after a second") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  database.console().run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('c1')");
  Holder holder(database, "LOCK public.certs");
  const Stopwatch stopwatch;
  const Arrived arrived = record(store, numbered(1));
  CHECK(stopwatch.read() < 20s);
  CHECK_FALSE(arrived.inventory_answered);
  CHECK(arrived.verdicts.empty());
  CHECK(database.console().value("SELECT severity FROM public.alerts") == "pending");

  // Nor does anything become suspicious meanwhile.
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  CHECK(must(give_verdicts(store)).empty());
  holder.let_go();
  const auto verdicts = must(give_verdicts(store));
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].severity == Severity::info);
}

TEST_CASE("what is looked up while the inventory is locked says so") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  Holder holder(database, "LOCK public.certs");
  const ledger::Snapshot found = must(store.look(contract::by_fingerprint("c1")));
  CHECK(found.rows.size() == 1);
  CHECK_FALSE(found.inventory_answered);
}

TEST_CASE("a row that somebody keeps locked holds up nobody else") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  record(store, numbered(2));
  Holder holder(database, "SELECT FROM public.alerts WHERE fingerprint = 'c1' FOR UPDATE");
  const Stopwatch stopwatch;
  const auto locked = try_to_record(store, precertificate("1"));
  REQUIRE_FALSE(locked);
  CHECK(locked.error().kind == Kind::too_slow);
  CHECK(stopwatch.read() > 1900ms);
  CHECK(stopwatch.read() < 20s);
  CHECK(record(store, precertificate("2")).recorded.as == ledger::Recorded::As::repeat);
  CHECK(record(store, numbered(3)).recorded.as == ledger::Recorded::As::alert);
  holder.let_go();
  CHECK(record(store, precertificate("1")).recorded.as == ledger::Recorded::As::repeat);
}

TEST_CASE("a delivery of an alert that somebody keeps locked is settled later") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  PostgresDeliveryStore deliveries(database.secret());
  must(deliveries.announce(only_webhook));
  for (int i = 1; i < 3; ++i) record(store, numbered(i));
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  must(give_verdicts(store));
  const auto claimed = must(deliveries.claim("webhook", 2, Seconds{60}));
  REQUIRE(claimed.size() == 2);
  Holder holder(database, "SELECT FROM public.alerts WHERE id = " +
                              std::to_string(claimed[0].alert) + " FOR UPDATE");
  const Settlement delivered{Settled::delivered, Seconds{0}, ""};
  const auto locked = deliveries.settle(claimed[0], delivered);
  REQUIRE_FALSE(locked);
  CHECK(locked.error().kind == Kind::too_slow);
  must(deliveries.settle(claimed[1], delivered));
  // What failed changes nothing in the alert, so nobody waits for it.
  must(deliveries.settle(claimed[0], {Settled::retry_after, Seconds{0}, "x"}));
  const auto again = must(deliveries.claim("webhook", 2, Seconds{60}));
  REQUIRE(again.size() == 1);
  holder.let_go();
  must(deliveries.settle(again[0], delivered));
  CHECK(database.console().value("SELECT count(*) FROM public.alerts WHERE delivered") == "2");
}

TEST_CASE("while the alerts are locked recording waits, and goes on when they are free") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  Holder holder(database, "LOCK public.alerts");
  std::jthread release([&holder] {
    std::this_thread::sleep_for(300ms);
    holder.let_go();
  });
  CHECK(record(store, numbered(2)).recorded.as == ledger::Recorded::As::alert);
}

TEST_CASE("a process that ends waits a second, for a call under way and for every later one") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  Holder holder(database, "LOCK public.alerts");
  std::jthread end([&store] {
    std::this_thread::sleep_for(200ms);
    store.hurry();
  });
  const Stopwatch stopwatch;
  const auto first = try_to_record(store, numbered(2));
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == Kind::unavailable);
  CHECK(stopwatch.read() < 20s);
  CHECK_FALSE(try_to_record(store, numbered(3)));
  CHECK(stopwatch.read() < 25s);
  holder.let_go();
  CHECK(record(store, numbered(4)).recorded.as == ledger::Recorded::As::alert);
}

TEST_CASE("a connection that the server ended is made anew by the next call") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  PostgresDeliveryStore deliveries(database.secret());
  PostgresWatchSource watch(database.secret());
  record(store, numbered(1));
  must(deliveries.counts());
  for (int i = 2; i < 5; ++i) {
    terminate_others(database);
    CHECK(record(store, numbered(i)).recorded.as == ledger::Recorded::As::alert);
    CHECK(must(deliveries.counts()).pending == i);
    must(watch.visit([](std::optional<std::string_view>) {}));
  }
}

TEST_CASE("a connection that ends during a call fails it, and the call can be repeated") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  const ledger::Arrival alert = numbered(2);
  {
    Holder holder(database, "LOCK public.alerts");
    std::jthread end([&database] {
      // Waits for the lock, so the call is under way.
      while (database.console().value("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
        std::this_thread::yield();
      }
      database.console().run(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE NOT granted");
    });
    const auto failed = try_to_record(store, alert);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == Kind::unavailable);
    CHECK_THAT(failed.error().message, ContainsSubstring("record: "));
  }
  CHECK(record(store, alert).recorded.as == ledger::Recorded::As::alert);
  CHECK(database.console().value("SELECT count(*) FROM public.alerts") == "2");
}

TEST_CASE("a database that is read-only for a while is waited for") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  PostgresDeliveryStore deliveries(database.secret());
  database.console().run("ALTER DATABASE " + database.name() +
                         " SET default_transaction_read_only = on");
  const auto refused = try_to_record(store, numbered(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::unavailable);
  CHECK_THAT(refused.error().message, ContainsSubstring("25006"));
  CHECK_FALSE(deliveries.claim("webhook", 1, Seconds{1}));
  database.console().run("ALTER DATABASE " + database.name() +
                         " SET default_transaction_read_only = off");
  terminate_others(database);
  CHECK(record(store, numbered(1)).recorded.as == ledger::Recorded::As::alert);
}

TEST_CASE("a statement_timeout of the operator's is trouble, not refused content") {
  PostgresDatabase database;
  database.console().run("ALTER DATABASE " + database.name() + " SET statement_timeout = '300ms'");
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  Holder holder(database, "LOCK public.alerts");
  const Stopwatch stopwatch;
  const auto failed = try_to_record(store, numbered(2));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Kind::too_slow);
  CHECK_THAT(failed.error().message, ContainsSubstring("57014"));
  CHECK(stopwatch.read() < 20s);
}

TEST_CASE("our own limits leave stricter ones of the operator's alone") {
  PostgresDatabase database;
  database.console().run("ALTER DATABASE " + database.name() + " SET lock_timeout = '123ms'");
  database.console().run(
      "CREATE VIEW public.settings AS SELECT current_setting('lock_timeout') || "
      "' ' || current_setting('statement_timeout') || ' ' ||"
      " current_setting('application_name') AS fqdn");
  database.console().run(
      "DROP TABLE public.intent_current; ALTER VIEW public.settings RENAME TO intent_current");
  PostgresWatchSource watch(database.secret());
  std::string settings;
  must(watch.visit([&](std::optional<std::string_view> entry) { settings = entry.value_or(""); }));
  CHECK(settings == "123ms 0 certwatch");
}

TEST_CASE("missing tables and columns are named, all of them") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  PostgresLedgerStore store(database.secret());
  REQUIRE(store.check_schema());
  sql.run(
      "DROP TABLE public.certs, public.intent_current, public.alert_deliveries,"
      " public.certwatch_destinations");
  sql.run("ALTER TABLE public.alerts DROP COLUMN payload, DROP COLUMN issuance_key");
  const auto checked = store.check_schema();
  REQUIRE_FALSE(checked);
  CHECK(checked.error().kind == Kind::missing_table);
  for (const char* word :
       {"public.certs", "public.intent_current", "public.alert_deliveries",
        "public.certwatch_destinations", "payload", "issuance_key", "schema.sql"}) {
    CHECK_THAT(checked.error().message, ContainsSubstring(word));
  }
  const auto refused = try_to_record(store, numbered(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::missing_table);
  const auto watch =
      PostgresWatchSource(database.secret()).visit([](std::optional<std::string_view>) {});
  REQUIRE_FALSE(watch);
  CHECK(watch.error().kind == Kind::missing_table);
  const auto claimed = PostgresDeliveryStore(database.secret()).claim("webhook", 1, Seconds{1});
  REQUIRE_FALSE(claimed);
  CHECK(claimed.error().kind == Kind::missing_table);
}

TEST_CASE("without an inventory alerts are on record all the same, and none gets a verdict") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  database.console().run("DROP TABLE public.certs");
  CHECK_FALSE(record(store, numbered(2)).inventory_answered);
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  CHECK(must(give_verdicts(store)).empty());
  CHECK(database.console().value("SELECT count(*) FROM public.alerts WHERE severity = 'pending'") ==
        "2");
}

TEST_CASE("tables that are altered under a session are used as they are now") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  PostgresDeliveryStore deliveries(database.secret());
  record(store, numbered(1));
  must(deliveries.next_due_in("webhook"));
  database.console().run(
      "ALTER TABLE public.alerts ALTER COLUMN matched TYPE JSON USING matched::json,"
      " ALTER COLUMN reason TYPE VARCHAR(40)");
  // A cached plan may fail once; the next call has a new one.
  static_cast<void>(try_to_record(store, numbered(2)));
  CHECK(record(store, numbered(3)).recorded.as == ledger::Recorded::As::alert);
  static_cast<void>(deliveries.claim("webhook", 1, Seconds{1}));
  CHECK(deliveries.claim("webhook", 1, Seconds{1}));
}

TEST_CASE("content that a constraint of the operator's refuses is barer, but there") {
  PostgresDatabase database;
  database.console().run(
      "ALTER TABLE public.alerts ADD CONSTRAINT short CHECK (length(sans::text) < 20)");
  PostgresLedgerStore store(database.secret());
  ledger::Arrival arrival = numbered(1);
  const auto refused = try_to_record(store, arrival);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Kind::refused);
  CHECK(database.console().value("SELECT count(*) FROM public.alerts") == "0");
  arrival.content = barest(arrival.content);
  CHECK(record(store, arrival).recorded.as == ledger::Recorded::As::alert);
  CHECK(database.console().value("SELECT sans FROM public.alerts") == "[]");
}

TEST_CASE("a database that is not in UTF-8 is not prepared, whatever else it lacks") {
  struct Row {
    const char* why;
    const char* encoding;
    PostgresDatabase::Content content;
    const char* message;  // empty: it is well
  };
  using Content = PostgresDatabase::Content;
  const Row row =
      GENERATE(Row{"it takes every character", "UTF8", Content::schema, ""},
               Row{"it takes Latin ones only", "LATIN1", Content::schema, "encoding LATIN1"},
               Row{"it takes bytes, and knows no characters", "SQL_ASCII", Content::schema,
                   "encoding SQL_ASCII"},
               Row{"its encoding comes first: there is no use in tables", "LATIN1", Content::empty,
                   "encoding LATIN1"});
  INFO(row.why);
  PostgresDatabase database(row.content, row.encoding);
  const auto checked = PostgresLedgerStore(database.secret()).check_schema();
  REQUIRE(checked.has_value() == (row.message[0] == '\0'));
  if (checked) return;
  CHECK(checked.error().kind == Kind::missing_table);
  CHECK_THAT(checked.error().message, ContainsSubstring(row.message));
  CHECK_THAT(checked.error().message, ContainsSubstring("ENCODING 'UTF8'"));
}

TEST_CASE("what only reads needs no more than SELECT, and writes nothing") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  PostgresLedgerStore store(database.secret());
  record(store, numbered(1));
  sql.run("INSERT INTO public.certs (fingerprint_sha1) VALUES ('c1')");
  const std::string reader = database.name() + "_reader";
  sql.run("CREATE ROLE " + reader + " LOGIN PASSWORD 'of-the-reader'");
  sql.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + reader);
  {
    const Secret dsn(database.dsn("user=" + reader + "&password=of-the-reader"));
    const auto found = must(PostgresLedgerStore(dsn).look(contract::by_fingerprint("c1")));
    CHECK(found.rows.size() == 1);
    CHECK(found.inventory.size() == 1);
    CHECK(must(PostgresAlertArchive(dsn).list({})).size() == 1);
    CHECK(must(PostgresAlertArchive(dsn).judged_since(0, 10)).empty());
    CHECK(must(PostgresInventory(dsn).list()).size() == 1);
    CHECK(must(PostgresDeliveryStore(dsn).counts()).pending == 1);
    // The service needs more.
    const auto checked = PostgresLedgerStore(dsn).check_schema();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == Kind::unavailable);
    for (const char* table :
         {"public.alerts", "public.alert_deliveries", "public.certwatch_destinations"}) {
      CHECK_THAT(checked.error().message, ContainsSubstring(table));
    }
  }
  sql.run("DROP OWNED BY " + reader + "; DROP ROLE " + reader);
}

TEST_CASE(
    "a server that refuses, and one that does not know us, are trouble without the password") {
  PostgresDatabase database;
  for (const std::string& dsn :
       {std::string("postgresql://certwatch:hunter2@127.0.0.1:1/x"),
        std::string("postgresql://certwatch:hunter2@/x?host=/nowhere/hunter2"),
        std::string("postgresql://certwatch:hunter2@no-such-host.invalid/x"),
        database.dsn("user=nobody_of_that_name&password=hunter2"),
        std::string("postgresql://certwatch:hunter2@x@127.0.0.1:1/x")}) {
    PostgresLedgerStore store{Secret(dsn)};
    const auto failed = store.check_schema();
    REQUIRE_FALSE(failed);
    INFO(failed.error().message);
    CHECK(failed.error().kind == Kind::unavailable);
    CHECK(failed.error().message.find("hunter2") == std::string::npos);
    CHECK(failed.error().message.find('\n') == std::string::npos);
  }
}

// Listens, and never answers.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(socket_, 5) == 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(SilentServer&&) = delete;

  std::string dsn() const { return "postgresql://127.0.0.1:" + std::to_string(port_) + "/x"; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST_CASE("a server that accepts and says nothing holds up a process that ends for a second") {
  const SilentServer server;
  PostgresLedgerStore store{Secret(server.dsn())};
  std::jthread end([&store] {
    std::this_thread::sleep_for(100ms);
    store.hurry();
  });
  const Stopwatch stopwatch;
  const auto failed = store.check_schema();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Kind::unavailable);
  CHECK(stopwatch.read() > 900ms);
  CHECK(stopwatch.read() < 20s);
}

TEST_CASE("notices of the server's are not written to stderr") {
  PostgresDatabase database;
  database.console().run(
      "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$"
      " BEGIN RAISE WARNING 'loud'; RETURN NEW; END $$;"
      "CREATE TRIGGER shouting BEFORE INSERT ON public.alerts"
      " FOR EACH ROW EXECUTE FUNCTION shout()");
  PostgresLedgerStore store(database.secret());
  CapturedStderr captured;
  const auto recorded = try_to_record(store, numbered(1));
  CHECK(captured.text().empty());
  CHECK(recorded);
}

TEST_CASE("a server whose default is serializable sees what others committed before its locks") {
  PostgresDatabase database;
  database.console().run("ALTER DATABASE " + database.name() +
                         " SET default_transaction_isolation = 'serializable'");
  PostgresLedgerStore one(database.secret());
  PostgresLedgerStore other(database.secret());
  constexpr int rounds = 20;
  const auto run = [](PostgresLedgerStore& store) {
    for (int i = 0; i < rounds; ++i) must(try_to_record(store, numbered(i)));
  };
  {
    const std::jthread first([&] { run(one); });
    const std::jthread second([&] { run(other); });
  }
  CHECK(database.console().value("SELECT count(*) FROM public.alerts") == std::to_string(rounds));
}

TEST_CASE("a long watch list is streamed") {
  PostgresDatabase database;
  database.console().run(
      "INSERT INTO public.intent_current SELECT n || '.example' FROM generate_series(1, 100000) n");
  PostgresWatchSource watch(database.secret());
  std::size_t visits = 0;
  must(watch.visit([&visits](std::optional<std::string_view>) { ++visits; }));
  CHECK(visits == 100000);
}

}  // namespace
}  // namespace certwatch::postgres
