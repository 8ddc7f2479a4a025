// Two replicas at one issuance at the same moment.
#include <chrono>
#include <thread>

#include "contract/desk.h"
#include "record/arrivals.h"
#include "record/postgres/alert_archive.h"
#include "record/postgres/delivery_store.h"
#include "record/postgres/ledger_store.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using namespace std::chrono_literals;
using contract::must;

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

// `decide`, and in the meantime, within its transaction, `other` does something that has to wait.
template <class Other>
Decide while_waiting(PostgresDatabase& database, std::jthread& thread, Other other, Decide decide) {
  return [&database, &thread, other, decide](ledger::Snapshot snapshot) {
    thread = std::jthread(other);
    await_waiting(database.console());
    return decide(std::move(snapshot));
  };
}

TEST_CASE("two replicas that are sent one issuance at once make one row of it") {
  PostgresDatabase database;
  constexpr int issuances = 30;
  const auto replica = [&](bool is_first) {
    PostgresLedgerStore store(database.secret());
    for (int i = 0; i < issuances; ++i) {
      const std::string name = std::to_string(is_first ? i : issuances - 1 - i);
      must(try_to_record(store, precertificate(name)));
      must(try_to_record(store, certificate(name)));
    }
  };
  {
    const std::jthread first(replica, true);
    const std::jthread second(replica, false);
  }
  CHECK(database.console().value("SELECT count(*) FROM public.alerts") ==
        std::to_string(issuances));
  CHECK(database.console().value("SELECT count(*) FROM public.alerts WHERE"
                                 " cardinality(fingerprints) = 2") == std::to_string(issuances));
}

TEST_CASE("who shares an identity waits, and sees what the first one did") {
  const ledger::Arrival first = precertificate("a");
  // What the second shares with the first.
  struct Row {
    const char* what;
    ledger::Arrival second;
  };
  ledger::Arrival by_key = certificate("b");
  by_key.identity.serial_key = first.identity.serial_key;
  ledger::Arrival by_hash = certificate("b");
  by_hash.identity.tbs_sha256 = first.identity.tbs_sha256;
  ledger::Arrival by_fingerprint = certificate("b");
  by_fingerprint.identity.fingerprints = first.identity.fingerprints;
  const Row row = GENERATE_REF(Row{"the serial key", by_key}, Row{"the hash", by_hash},
                               Row{"a fingerprint", by_fingerprint});
  INFO(row.what);
  PostgresDatabase database;
  PostgresLedgerStore one(database.secret());
  PostgresLedgerStore other(database.secret());
  std::size_t rows_seen = 0;
  std::jthread thread;
  Identities wanted;
  wanted.add(first.identity);
  must(one.change(wanted, while_waiting(
                              database, thread,
                              [&] {
                                Identities shared;
                                shared.add(row.second.identity);
                                must(other.change(shared, [&](const ledger::Snapshot& found) {
                                  rows_seen = found.rows.size();
                                  return ledger::Changes();
                                }));
                              },
                              [&](ledger::Snapshot snapshot) {
                                ledger::Ledger ledger(std::move(snapshot), {{}, random_uuid});
                                ledger.arrive(first);
                                return ledger.changes();
                              })));
  thread.join();
  CHECK(rows_seen == 1);
}

// A suspicious alert that is due, and its claimed delivery.
struct Due {
  explicit Due(PostgresDatabase& database)
      : store(database.secret()), deliveries(database.secret()) {
    must(deliveries.announce(std::vector<Destination>{{"webhook", Importance::info}}));
    row = must(try_to_record(store, certificate("a"))).recorded.row;
    database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
    must(give_verdicts(store));
    delivery = must(deliveries.claim("webhook", 1, Seconds{60})).at(0);
    wanted.add(certificate("a").identity);
  }

  ledger::Changes resolve(ledger::Snapshot snapshot) const {
    snapshot.inventory.push_back(contract::inventory_certificate("ca"));
    ledger::Ledger ledger(std::move(snapshot), {{}, random_uuid});
    ledger.look_again(row);
    return ledger.changes();
  }

  PostgresLedgerStore store;
  PostgresDeliveryStore deliveries;
  std::int64_t row = 0;
  Delivery delivery;
  Identities wanted;
};

constexpr const char* standings =
    "SELECT string_agg(kind || CASE WHEN abandoned_at IS NOT NULL THEN ' given up'"
    " WHEN delivered_at IS NOT NULL THEN ' delivered' ELSE ' due' END, ', ' ORDER BY id)"
    " FROM public.alert_deliveries";

TEST_CASE("a resolution that is just being made is given up with the verdict") {
  PostgresDatabase database;
  Due due(database);
  std::jthread thread;
  must(due.store.change(
      due.wanted,
      while_waiting(
          database, thread,
          [&] {
            must(due.deliveries.settle(due.delivery,
                                       {Settlement::Kind::given_up, Seconds{0}, "status 410"}));
          },
          [&](ledger::Snapshot snapshot) { return due.resolve(std::move(snapshot)); })));
  thread.join();
  CHECK(database.console().value(standings) == "verdict given up, resolution given up");
}

TEST_CASE("nor is one made for a verdict that is just being given up") {
  PostgresDatabase database;
  Due due(database);
  PostgresConsole replica(database.dsn());
  replica.run(
      "BEGIN; SELECT FROM public.alerts FOR UPDATE;"
      "UPDATE public.alert_deliveries SET due_at = NULL, abandoned_at = now()");
  {
    const std::jthread thread([&] {
      must(due.store.change(
          due.wanted, [&](ledger::Snapshot snapshot) { return due.resolve(std::move(snapshot)); }));
    });
    await_waiting(database.console());
    replica.run("COMMIT");
  }
  CHECK(database.console().value(standings) == "verdict given up");
  CHECK(database.console().value("SELECT resolved_at IS NOT NULL FROM public.alerts") == "t");
}

TEST_CASE("an alert is asked for again while its attempt ends: both have their effect") {
  PostgresDatabase database;
  Due due(database);
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; SELECT FROM public.alerts FOR UPDATE");
  bool is_requeued = false;
  {
    const std::jthread settle([&] {
      must(due.deliveries.settle(due.delivery, {Settlement::Kind::delivered, Seconds{0}, ""}));
    });
    const std::jthread requeue([&] {
      is_requeued = must(PostgresAlertArchive(database.secret()).requeue(due.row, std::nullopt));
    });
    await_waiting(database.console());
    replica.run("COMMIT");
  }
  CHECK(is_requeued);
  // Whoever came second decided.
  const std::string delivered = database.console().value("SELECT delivered FROM public.alerts");
  CHECK(database.console().value(standings) ==
        (delivered == "t" ? "verdict delivered" : "verdict due"));
}

TEST_CASE("a row that another replica is judging is passed over") {
  PostgresDatabase database;
  PostgresLedgerStore store(database.secret());
  must(try_to_record(store, certificate("a")));
  must(try_to_record(store, certificate("b")));
  database.console().run("UPDATE public.alerts SET decide_at = now() - interval '1 s'");
  PostgresConsole replica(database.dsn());
  replica.run("BEGIN; SELECT FROM public.alerts WHERE fingerprint = 'ca' FOR UPDATE");
  const auto overdue = must(store.pick_overdue(10));
  REQUIRE(overdue.size() == 1);
  CHECK(overdue[0].computed[Sort::certificate] == std::vector<std::string>{"cb"});
  replica.run("COMMIT");
  CHECK(must(store.pick_overdue(10)).size() == 2);
}

}  // namespace
}  // namespace certwatch::postgres
