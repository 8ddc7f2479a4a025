// What record/delivery_queue.h promises.
#include <set>
#include <thread>

#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Kind = Settlement::Kind;

Delivery claim_one(Desk& desk) {
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  return claimed.front();
}

// An alert of an issuance of its own: suspicious, and due.
Recorded record_suspicious(Desk& desk, const std::string& name) {
  const Recorded recorded = desk.record(with_serial(certificate(name, "f" + name), name));
  desk.pass_time(11);
  REQUIRE(desk.judge().size() == 1);
  return recorded;
}

// An alert of an issuance of its own: ours, and due.
Recorded record_info(Desk& desk, const std::string& name) {
  desk.know("f" + name);
  const Recorded recorded = desk.record(with_serial(certificate(name, "f" + name), name));
  REQUIRE(recorded.verdict.severity == Severity::info);
  return recorded;
}

TEST_CASE("a delivery is claimed once while its lease lasts, and again after it") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("f1");
  const NewAlert alert = certificate("a", "f1");
  desk.record(alert);
  const Delivery first = claim_one(desk);
  CHECK(first.event_id == alert.event_id);
  CHECK(first.payload == alert.payload);
  CHECK(first.matched.find("example.org") != std::string::npos);
  CHECK_FALSE(first.resolves);
  CHECK(first.attempt == 1);
  CHECK(desk.claim().empty());
  desk.pass_time(14);
  CHECK(desk.claim().empty());
  desk.pass_time(2);
  const Delivery second = claim_one(desk);
  CHECK(second.attempt == 2);
  CHECK(second.event_id == alert.event_id);
  CHECK(second.payload == alert.payload);
}

TEST_CASE("a suspicious alert goes out with its reason") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  const Delivery delivery = claim_one(desk);
  CHECK(delivery.severity == Severity::suspicious);
  CHECK(delivery.reason == Reason::unknown);
  CHECK_FALSE(delivery.known_by);
}

TEST_CASE("oldest due first, and no more than asked for") {
  const auto store = make_store();
  Desk desk(*store);
  std::vector<std::int64_t> rows;
  for (const char* name : {"a", "b", "c"}) {
    rows.push_back(record_info(desk, name).row);
    desk.pass_time(1);
  }
  const auto two = must(desk.queue->claim(2, Seconds{15}));
  REQUIRE(two.size() == 2);
  CHECK(two[0].row == rows[0]);
  CHECK(two[1].row == rows[1]);
  CHECK(claim_one(desk).row == rows[2]);
  CHECK(must(desk.queue->claim(0, Seconds{15})).empty());
}

TEST_CASE("what is delivered is never claimed again") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  desk.settle(claim_one(desk), Kind::delivered);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.delivered);
  CHECK_FALSE(row.is_due);
  desk.pass_time(1e6);
  CHECK(desk.claim().empty());
  CHECK_FALSE(must(desk.queue->next_due_in()));
}

TEST_CASE("a failed attempt is followed by another after the delay, and leaves its error") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  desk.settle(claim_one(desk), Kind::retry_after, Seconds{4}, "status 500 \xff \"");
  CHECK(desk.row(recorded.row).last_error.find("status 500") == 0);
  CHECK_FALSE(desk.row(recorded.row).delivered);
  CHECK(desk.claim().empty());
  desk.pass_time(3);
  CHECK(desk.claim().empty());
  desk.pass_time(1.5);
  CHECK(claim_one(desk).attempt == 2);
}

TEST_CASE("what is given up is over") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  desk.settle(claim_one(desk), Kind::given_up, Seconds{0}, "status 400");
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.is_abandoned);
  CHECK_FALSE(row.delivered);
  CHECK(row.last_error == "status 400");
  desk.pass_time(1e6);
  CHECK(desk.claim().empty());
}

TEST_CASE("only who holds the lease may say that it failed") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  const Delivery late = claim_one(desk);
  desk.pass_time(16);
  const Delivery newer = claim_one(desk);
  desk.settle(late, Kind::given_up, Seconds{0}, "late");
  desk.settle(late, Kind::retry_after, Seconds{0}, "late");
  CHECK(desk.claim().empty());
  CHECK_FALSE(desk.row(recorded.row).is_abandoned);
  CHECK(desk.row(recorded.row).last_error.empty());
  desk.settle(newer, Kind::retry_after, Seconds{0}, "newer");
  CHECK(claim_one(desk).attempt == 3);
}

TEST_CASE("delivered is delivered, whoever holds the lease") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  const Delivery late = claim_one(desk);
  desk.pass_time(16);
  const Delivery newer = claim_one(desk);
  desk.settle(late, Kind::delivered);
  CHECK(desk.row(recorded.row).delivered);
  // What the other one says afterwards does not take it back.
  desk.settle(newer, Kind::retry_after, Seconds{0}, "newer");
  CHECK(desk.row(recorded.row).delivered);
  desk.settle(newer, Kind::given_up, Seconds{0}, "newer");
  CHECK_FALSE(desk.row(recorded.row).is_abandoned);
  desk.pass_time(100);
  CHECK(desk.claim().empty());
}

TEST_CASE("a settlement told twice is settled once") {
  const auto store = make_store();
  Desk desk(*store);
  record_info(desk, "a");
  const Delivery first = claim_one(desk);
  desk.settle(first, Kind::retry_after, Seconds{1}, "x");
  desk.settle(first, Kind::retry_after, Seconds{1}, "x");
  desk.pass_time(2);
  const Delivery second = claim_one(desk);
  CHECK(second.attempt == 2);
  desk.settle(second, Kind::delivered);
  desk.settle(second, Kind::delivered);
  CHECK(desk.claim().empty());
}

TEST_CASE("a resolution goes out with an id of its own and names what it resolves") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_suspicious(desk, "a");
  const Delivery alert = claim_one(desk);
  desk.settle(alert, Kind::delivered);
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  const Delivery resolution = claim_one(desk);
  CHECK(resolution.row == recorded.row);
  CHECK(resolution.event_id != alert.event_id);
  CHECK(resolution.event_id.size() == 36);
  CHECK(resolution.resolves == alert.event_id);
  CHECK(resolution.severity == Severity::info);
  CHECK(resolution.known_by == KnownBy::fingerprint);
  CHECK_FALSE(resolution.reason);
  CHECK(resolution.payload == alert.payload);
  CHECK(resolution.attempt == 1);
  desk.settle(resolution, Kind::retry_after, Seconds{1}, "x");
  desk.pass_time(2);
  const Delivery again = claim_one(desk);
  CHECK(again.event_id == resolution.event_id);
  CHECK(again.attempt == 2);
  desk.settle(again, Kind::delivered);
  CHECK(desk.row(recorded.row).is_resolution_delivered);
  desk.pass_time(1e6);
  CHECK(desk.claim().empty());
}

TEST_CASE("an alert is sent before its resolution, and as it was") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  const Delivery first = claim_one(desk);
  CHECK_FALSE(first.resolves);
  CHECK(first.severity == Severity::suspicious);
  CHECK_FALSE(first.known_by);
  CHECK(first.reason == Reason::unknown);
  desk.settle(first, Kind::retry_after, Seconds{0}, "x");
  const Delivery second = claim_one(desk);
  CHECK_FALSE(second.resolves);
  CHECK_FALSE(second.known_by);
  CHECK(second.attempt == 2);
  desk.settle(second, Kind::delivered);
  const Delivery resolution = claim_one(desk);
  CHECK(resolution.resolves == first.event_id);
  CHECK(resolution.attempt == 1);
}

TEST_CASE("resolved while the alert is on its way: the resolution waits for it") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  const Delivery alert = claim_one(desk);
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  CHECK(desk.claim().empty());
  desk.settle(alert, Kind::delivered);
  CHECK(claim_one(desk).resolves == alert.event_id);
}

TEST_CASE("what is told late of the alert does not touch its resolution") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  const Delivery late = claim_one(desk);
  desk.pass_time(16);
  desk.settle(claim_one(desk), Kind::delivered);
  desk.know("fa");
  desk.resolve();
  const Delivery resolution = claim_one(desk);
  desk.settle(late, Kind::delivered);
  desk.settle(late, Kind::retry_after, Seconds{0}, "late");
  desk.settle(late, Kind::given_up, Seconds{0}, "late");
  CHECK(desk.claim().empty());
  CHECK_FALSE(desk.row(resolution.row).is_resolution_delivered);
  desk.settle(resolution, Kind::delivered);
  CHECK(desk.row(resolution.row).is_resolution_delivered);
}

TEST_CASE("nobody is told of the resolution of what nobody was told of") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  desk.settle(claim_one(desk), Kind::given_up, Seconds{0}, "gone");
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  desk.pass_time(100);
  CHECK(desk.claim().empty());
}

TEST_CASE("nor of what is given up after it was resolved") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  desk.settle(claim_one(desk), Kind::given_up, Seconds{0}, "gone");
  desk.pass_time(100);
  CHECK(desk.claim().empty());
}

TEST_CASE("a confirmed row is sent as it was judged") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("ca");
  desk.record(precertificate("a", "pa"));
  const Delivery first = claim_one(desk);
  CHECK(first.known_by == KnownBy::serial);
  desk.record(certificate("a", "ca"));
  desk.pass_time(16);
  const Delivery second = claim_one(desk);
  CHECK(second.known_by == KnownBy::serial);
  CHECK(second.event_id == first.event_id);
}

TEST_CASE("what was never tried is not given up, however old it is") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = record_info(desk, "a");
  desk.pass_time(1000);
  CHECK(must(desk.queue->give_up_older_than(Seconds{0})).empty());
  desk.settle(claim_one(desk), Kind::retry_after, Seconds{1}, "x");
  desk.pass_time(1);
  REQUIRE(must(desk.queue->give_up_older_than(Seconds{0})).size() == 1);
  CHECK(desk.row(recorded.row).is_abandoned);
}

TEST_CASE("what is too old is given up, but not while it is leased, nor before its verdict") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded old = record_info(desk, "a");
  desk.settle(claim_one(desk), Kind::retry_after, Seconds{1000}, "x");
  desk.pass_time(50);
  record_info(desk, "b");
  const Recorded pending = desk.record(with_serial(certificate("c", "fc"), "c"));
  desk.pass_time(50);
  const auto given_up = must(desk.queue->give_up_older_than(Seconds{60}));
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].row == old.row);
  CHECK(given_up[0].event_id == old.verdict.event_id);
  CHECK(desk.row(old.row).is_abandoned);
  const Delivery leased = claim_one(desk);
  desk.pass_time(12);
  CHECK(must(desk.queue->give_up_older_than(Seconds{60})).empty());
  desk.settle(leased, Kind::retry_after, Seconds{60}, "x");
  CHECK(must(desk.queue->give_up_older_than(Seconds{60})).size() == 1);
  CHECK(desk.row(pending.row).severity == "pending");
  CHECK(must(desk.queue->give_up_older_than(Seconds{60})).empty());
}

TEST_CASE("the age of a resolution counts from the resolution") {
  const auto store = make_store();
  Desk desk(*store);
  record_suspicious(desk, "a");
  desk.settle(claim_one(desk), Kind::delivered);
  desk.pass_time(1000);
  desk.know("fa");
  REQUIRE(desk.resolve().size() == 1);
  CHECK(must(desk.queue->give_up_older_than(Seconds{60})).empty());
  desk.settle(claim_one(desk), Kind::retry_after, Seconds{1000}, "x");
  desk.pass_time(61);
  const auto given_up = must(desk.queue->give_up_older_than(Seconds{60}));
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].resolves);
  desk.pass_time(100);
  CHECK(desk.claim().empty());
}

TEST_CASE("what a process that delivers nothing judged is adopted by one that does") {
  const auto store = make_store();
  Desk desk(*store);
  Desk observer(*store);
  observer.options.deliver = false;
  CHECK(must(desk.queue->adopt(Seconds{1000})) == 0);
  record_info(observer, "old");
  desk.pass_time(100);
  const Recorded info = record_info(observer, "info");
  const Recorded suspicious = record_suspicious(observer, "suspicious");
  observer.record(with_serial(certificate("pending", "fp"), "pending"));
  store->add_python_row(store->now(), "suspicious");
  CHECK(desk.claim().empty());
  CHECK(must(desk.queue->adopt(Seconds{60})) == 2);
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].row == info.row);
  CHECK(claimed[0].event_id == info.verdict.event_id);
  CHECK(claimed[0].attempt == 1);
  CHECK(claimed[1].row == suspicious.row);
  CHECK(claimed[1].severity == Severity::suspicious);
  CHECK(claimed[1].reason == Reason::unknown);
  // Once, whatever becomes of it.
  CHECK(must(desk.queue->adopt(Seconds{60})) == 0);
  desk.settle(claimed[0], Kind::delivered);
  desk.settle(claimed[1], Kind::given_up, Seconds{0}, "gone");
  CHECK(must(desk.queue->adopt(Seconds{60})) == 0);
  CHECK(desk.claim().empty());
}

TEST_CASE("how far back is looked for what to adopt counts from the verdict") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.deliver = false;
  desk.record(with_serial(certificate("a", "fa"), "a"));
  desk.pass_time(1000);
  REQUIRE(desk.judge().size() == 1);
  desk.pass_time(10);
  CHECK(must(desk.queue->adopt(Seconds{0})) == 0);
  CHECK(must(desk.queue->adopt(Seconds{5})) == 0);
  CHECK(must(desk.queue->adopt(Seconds{20})) == 1);
}

TEST_CASE("what is due, tried or settled already is not adopted") {
  const auto store = make_store();
  Desk desk(*store);
  record_info(desk, "due");
  CHECK(must(desk.queue->adopt(Seconds{100})) == 0);
  const Delivery tried = claim_one(desk);
  CHECK(must(desk.queue->adopt(Seconds{100})) == 0);
  desk.settle(tried, Kind::retry_after, Seconds{50}, "x");
  CHECK(must(desk.queue->adopt(Seconds{100})) == 0);
  CHECK(desk.claim().empty());
  desk.pass_time(50);
  desk.settle(claim_one(desk), Kind::delivered);
  CHECK(must(desk.queue->adopt(Seconds{100})) == 0);
  CHECK(desk.claim().empty());
}

TEST_CASE("a resolution that a process without deliveries found is adopted, too") {
  const auto store = make_store();
  Desk desk(*store);
  Desk observer(*store);
  observer.options.deliver = false;
  record_suspicious(desk, "a");
  const Delivery alert = claim_one(desk);
  desk.settle(alert, Kind::delivered);
  desk.pass_time(1000);
  desk.know("fa");
  REQUIRE(observer.resolve().size() == 1);
  CHECK(desk.claim().empty());
  desk.pass_time(10);
  CHECK(must(desk.queue->adopt(Seconds{5})) == 0);
  CHECK(must(desk.queue->adopt(Seconds{20})) == 1);
  const Delivery resolution = claim_one(desk);
  CHECK(resolution.resolves == alert.event_id);
  CHECK(resolution.attempt == 1);
  desk.settle(resolution, Kind::delivered);
  CHECK(must(desk.queue->adopt(Seconds{2000})) == 0);
}

TEST_CASE("the resolution of what nobody was told of adopts nothing") {
  const auto store = make_store();
  Desk desk(*store);
  Desk observer(*store);
  observer.options.deliver = false;
  record_suspicious(observer, "a");
  record_suspicious(desk, "b");
  desk.settle(claim_one(desk), Kind::given_up, Seconds{0}, "gone");
  desk.pass_time(1000);
  desk.know("fa");
  desk.know("fb");
  REQUIRE(observer.resolve().size() == 2);
  CHECK(must(desk.queue->adopt(Seconds{100})) == 0);
  // As long as the alert itself can be adopted, both go out.
  CHECK(must(desk.queue->adopt(Seconds{2000})) == 1);
  const Delivery alert = claim_one(desk);
  CHECK_FALSE(alert.resolves);
  desk.settle(alert, Kind::delivered);
  CHECK(claim_one(desk).resolves == alert.event_id);
}

TEST_CASE("an alert that a process without deliveries overturned is adopted") {
  const auto store = make_store();
  Desk desk(*store);
  Desk observer(*store);
  observer.options.deliver = false;
  desk.know("ca");
  const Recorded rogue = desk.record(precertificate("b", "pb"));
  desk.settle(claim_one(desk), Kind::delivered);
  desk.pass_time(1000);
  observer.record({precertificate("a", "pa"), certificate("a", "ca")});
  REQUIRE(desk.row(rogue.row).reason == "serial_conflict");
  CHECK(must(desk.queue->adopt(Seconds{100})) == 2);
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].event_id != rogue.verdict.event_id);
}

TEST_CASE("no more is adopted at once than is bearable, the oldest first") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options = {Seconds{0}, false};
  std::vector<NewAlert> batch;
  for (std::size_t i = 0; i < most_adopted; ++i) {
    const std::string name = std::to_string(i);
    batch.push_back(with_serial(certificate(name, "f" + name), name));
    if (batch.size() < 100) continue;
    desk.record(batch);
    batch.clear();
  }
  const StoredAlert first = desk.rows().front();
  desk.pass_time(1);
  const Recorded last = desk.record(with_serial(certificate("last", "fl"), "last"));
  REQUIRE(last.verdict.severity == Severity::suspicious);
  CHECK(must(desk.queue->adopt(Seconds{100})) == most_adopted);
  CHECK(desk.row(first.row).is_due);
  CHECK_FALSE(desk.row(last.row).is_due);
  CHECK(must(desk.queue->adopt(Seconds{100})) == 1);
  CHECK(desk.row(last.row).is_due);
}

TEST_CASE("how long until something can be claimed") {
  const auto store = make_store();
  Desk desk(*store);
  CHECK_FALSE(must(desk.queue->next_due_in()));
  record_info(desk, "a");
  CHECK(must(desk.queue->next_due_in()) == Seconds{0});
  const Delivery delivery = claim_one(desk);
  auto wait = must(desk.queue->next_due_in());
  REQUIRE(wait);
  CHECK(wait->count() > 10);
  CHECK(wait->count() <= 15);
  desk.settle(delivery, Kind::retry_after, Seconds{100}, "x");
  wait = must(desk.queue->next_due_in());
  REQUIRE(wait);
  CHECK(wait->count() > 90);
  CHECK(wait->count() <= 100);
  desk.pass_time(200);
  CHECK(must(desk.queue->next_due_in()) == Seconds{0});
}

TEST_CASE("counts of what is pending, overdue and due") {
  const auto store = make_store();
  Desk desk(*store);
  DeliveryCounts counts = must(desk.queue->counts());
  CHECK(counts.pending == 0);
  CHECK(counts.due == 0);
  CHECK(counts.overdue_verdicts == 0);
  CHECK_FALSE(counts.oldest_due);
  store->add_python_row(1, "suspicious");
  record_info(desk, "a");
  desk.pass_time(100);
  record_info(desk, "b");
  desk.record(with_serial(certificate("c", "fc"), "c"));
  desk.pass_time(16);
  desk.record(with_serial(certificate("d", "fd"), "d"));
  counts = must(desk.queue->counts());
  CHECK(counts.pending == 2);
  CHECK(counts.overdue_verdicts == 1);
  CHECK(counts.due == 2);
  REQUIRE(counts.oldest_due);
  CHECK(counts.oldest_due->count() > 115);
  CHECK(counts.oldest_due->count() < 130);
  for (const Delivery& delivery : desk.claim()) desk.settle(delivery, Kind::delivered);
  counts = must(desk.queue->counts());
  CHECK(counts.due == 0);
  CHECK_FALSE(counts.oldest_due);
}

TEST_CASE("couriers of two replicas claim each delivery once") {
  const auto store = make_store();
  constexpr int deliveries = 60;
  {
    Desk desk(*store);
    std::vector<NewAlert> batch;
    for (int i = 0; i < deliveries; ++i) {
      const std::string name = std::to_string(i);
      desk.know("f" + name);
      batch.push_back(with_serial(certificate(name, "f" + name), name));
    }
    desk.record(batch);
  }
  std::vector<std::int64_t> claimed[2];
  const auto courier = [&store, &claimed](int number) {
    const auto queue = store->delivery_queue();
    for (int empty = 0; empty < 3;) {
      const auto some = queue->claim(3, Seconds{60});
      if (!some) continue;
      if (some->empty()) ++empty;
      for (const Delivery& one : *some) {
        claimed[number].push_back(one.row);
        while (!queue->settle(one, {Kind::delivered, Seconds{0}, ""})) {
        }
      }
    }
  };
  {
    const std::jthread first(courier, 0);
    const std::jthread second(courier, 1);
  }
  std::set<std::int64_t> rows(claimed[0].begin(), claimed[0].end());
  rows.insert(claimed[1].begin(), claimed[1].end());
  CHECK(claimed[0].size() + claimed[1].size() == deliveries);
  CHECK(rows.size() == deliveries);
  for (const StoredAlert& row : store->rows()) CHECK((row.delivered && row.attempts == 1));
}

TEST_CASE("one queue serves several threads") {
  const auto store = make_store();
  Desk desk(*store);
  for (int i = 0; i < 12; ++i) record_info(desk, std::to_string(i));
  std::atomic<int> delivered{0};
  {
    std::vector<std::jthread> couriers;
    for (int i = 0; i < 3; ++i) {
      couriers.emplace_back([&] {
        while (true) {
          const auto one = desk.queue->claim(1, Seconds{60});
          if (!one || one->empty()) return;
          if (desk.queue->settle(one->front(), {Kind::delivered, Seconds{0}, ""})) ++delivered;
        }
      });
    }
  }
  CHECK(delivered == 12);
}

TEST_CASE("a hurried queue still works") {
  const auto store = make_store();
  Desk desk(*store);
  record_info(desk, "a");
  desk.queue->hurry();
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  desk.settle(claimed[0], Kind::delivered);
  CHECK(must(desk.queue->counts()).due == 0);
}

}  // namespace
}  // namespace certwatch::contract
