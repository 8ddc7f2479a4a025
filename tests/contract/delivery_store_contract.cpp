// What record/delivery_store.h promises.
#include <atomic>
#include <set>
#include <thread>

#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Kind = Settlement::Kind;

const std::vector<Destination> only_webhook{{"webhook", Importance::info}};
const std::vector<Destination> three{
    {"webhook", Importance::info}, {"slack", Importance::high}, {"mail", Importance::critical}};

TEST_CASE("a destination is in force for a day from its last announcement") {
  const auto store = make_store();
  Desk desk(*store);
  CHECK(desk.look({}).destinations.empty());
  desk.announce({{"webhook", Importance::info}, {"slack", Importance::high}});
  CHECK(desk.look({}).destinations.size() == 2);
  desk.pass_time(24 * 3600 - 60);
  CHECK(desk.look({}).destinations.size() == 2);
  // The last announcement wins, and leaves other destinations alone.
  desk.announce({{"slack", Importance::medium}});
  desk.pass_time(120);
  const auto in_force = desk.look({}).destinations;
  REQUIRE(in_force.size() == 1);
  CHECK(in_force[0].name == "slack");
  CHECK(in_force[0].least == Importance::medium);
  desk.announce(only_webhook);
  CHECK(desk.look({}).destinations.size() == 2);
  desk.announce({});
  CHECK(desk.look({}).destinations.size() == 2);
}

TEST_CASE("a delivery is claimed once while its lease lasts, and again after it") {
  Scene scene;
  Desk& desk = scene.desk;
  const IssuanceRow row = scene.put_info("a");
  const AlertContent told = content("a");
  const Delivery first = scene.claim_one();
  CHECK(first.alert == row.id);
  CHECK(first.event_id == row.event_id);
  CHECK(first.destination == "webhook");
  CHECK(first.kind == DeliveryKind::verdict);
  CHECK(first.identity_facts == told.identity_facts);
  CHECK(first.message_facts == told.message_facts);
  CHECK(first.matched.find("example.org") != std::string::npos);
  CHECK(first.severity == Severity::info);
  CHECK(first.known_by == KnownBy::fingerprint);
  CHECK_FALSE(first.reason);
  CHECK(first.alert_kind == AlertKind::issuance);
  CHECK(first.importance == Importance::info);
  CHECK_FALSE(first.resolves);
  CHECK_FALSE(first.conflicts_with);
  CHECK_FALSE(first.refutes);
  CHECK(first.attempt == 1);
  CHECK(desk.claim().empty());
  desk.pass_time(14);
  CHECK(desk.claim().empty());
  desk.pass_time(2);
  const Delivery second = scene.claim_one();
  CHECK(second.attempt == 2);
  CHECK(second.id == first.id);
  CHECK(second.event_id == row.event_id);
  CHECK(second.identity_facts == first.identity_facts);
  CHECK(second.message_facts == first.message_facts);
}

TEST_CASE("a suspicious alert goes out with its reason and importance") {
  Scene scene;
  scene.put_suspicious("a");
  const Delivery delivery = scene.claim_one();
  CHECK(delivery.severity == Severity::suspicious);
  CHECK(delivery.importance == Importance::critical);
  CHECK(delivery.reason == Reason::unknown);
  CHECK_FALSE(delivery.known_by);
}

TEST_CASE("an alert names the events of the rows that it conflicts with and refutes") {
  Scene scene;
  const IssuanceRow certain = scene.put(issuance("certain"));
  const IssuanceRow refuted = scene.put(issuance("refuted"));
  IssuanceRow row = as_suspicious(issuance("a"));
  row.conflict_with = certain.id;
  row.refutes = refuted.id;
  scene.put(row);
  IssuanceRow orphan = as_suspicious(issuance("b"));
  orphan.conflict_with = 987654;
  scene.put(orphan);
  const auto claimed = scene.desk.claim();
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].conflicts_with == certain.event_id);
  CHECK(claimed[0].refutes == refuted.event_id);
  // Nor does it name what was cleaned up.
  CHECK_FALSE(claimed[1].conflicts_with);
  CHECK_FALSE(claimed[1].refutes);
}

TEST_CASE("oldest due first, and no more than asked for") {
  Scene scene;
  std::vector<std::int64_t> rows;
  for (const char* name : {"a", "b", "c"}) {
    rows.push_back(scene.put_info(name).id);
    scene.desk.pass_time(1);
  }
  const auto two = must(scene.desk.deliveries->claim("webhook", 2, Seconds{15}));
  REQUIRE(two.size() == 2);
  CHECK(two[0].alert == rows[0]);
  CHECK(two[1].alert == rows[1]);
  scene.desk.settle(two[0], Kind::retry_after, Seconds{5}, "x");
  CHECK(scene.claim_one().alert == rows[2]);
  CHECK(must(scene.desk.deliveries->claim("webhook", 0, Seconds{15})).empty());
}

TEST_CASE("what is delivered is never claimed again") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  scene.desk.settle(scene.claim_one(), Kind::delivered);
  CHECK(scene.desk.stored(row.id).delivered);
  const StoredDelivery stored = scene.desk.stored_delivery(row.event_id);
  CHECK(stored.is_delivered);
  CHECK_FALSE(stored.is_due);
  scene.desk.pass_time(1e6);
  CHECK(scene.desk.claim().empty());
  CHECK_FALSE(must(scene.desk.deliveries->next_due_in("webhook")));
}

TEST_CASE("a failed attempt is followed by another after the delay, and leaves its error") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.desk.settle(scene.claim_one(), Kind::retry_after, Seconds{4},
                    std::string("status 500 \xff \" \0", 16));
  CHECK(scene.desk.stored_delivery(row.event_id).last_error.find("status 500") == 0);
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  CHECK(scene.desk.claim().empty());
  scene.desk.pass_time(3);
  CHECK(scene.desk.claim().empty());
  scene.desk.pass_time(1.5);
  CHECK(scene.claim_one().attempt == 2);
}

TEST_CASE("what is given up is over") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.desk.settle(scene.claim_one(), Kind::given_up, Seconds{0}, "status 400");
  const StoredDelivery stored = scene.desk.stored_delivery(row.event_id);
  CHECK(stored.is_abandoned);
  CHECK_FALSE(stored.is_due);
  CHECK(stored.last_error == "status 400");
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  scene.desk.pass_time(1e6);
  CHECK(scene.desk.claim().empty());
}

TEST_CASE("only who holds the lease may say that it failed") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  const Delivery late = scene.claim_one();
  scene.desk.pass_time(16);
  const Delivery newer = scene.claim_one();
  scene.desk.settle(late, Kind::given_up, Seconds{0}, "late");
  scene.desk.settle(late, Kind::retry_after, Seconds{0}, "late");
  CHECK(scene.desk.claim().empty());
  CHECK_FALSE(scene.desk.stored_delivery(row.event_id).is_abandoned);
  CHECK(scene.desk.stored_delivery(row.event_id).last_error.empty());
  scene.desk.settle(newer, Kind::retry_after, Seconds{0}, "newer");
  CHECK(scene.claim_one().attempt == 3);
}

TEST_CASE("delivered is delivered, whoever holds the lease") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  const Delivery late = scene.claim_one();
  scene.desk.pass_time(16);
  const Delivery newer = scene.claim_one();
  scene.desk.settle(late, Kind::delivered);
  CHECK(scene.desk.stored(row.id).delivered);
  // What the other one says afterwards does not take it back.
  scene.desk.settle(newer, Kind::retry_after, Seconds{0}, "newer");
  scene.desk.settle(newer, Kind::given_up, Seconds{0}, "newer");
  CHECK(scene.desk.stored(row.id).delivered);
  CHECK_FALSE(scene.desk.stored_delivery(row.event_id).is_abandoned);
  scene.desk.pass_time(100);
  CHECK(scene.desk.claim().empty());
}

TEST_CASE("a settlement told twice is settled once") {
  Scene scene;
  scene.put_info("a");
  const Delivery first = scene.claim_one();
  scene.desk.settle(first, Kind::retry_after, Seconds{1}, "x");
  scene.desk.settle(first, Kind::retry_after, Seconds{1}, "x");
  scene.desk.pass_time(2);
  const Delivery second = scene.claim_one();
  CHECK(second.attempt == 2);
  scene.desk.settle(second, Kind::delivered);
  scene.desk.settle(second, Kind::delivered);
  CHECK(scene.desk.claim().empty());
}

TEST_CASE("a settlement of what was cleaned up does nothing") {
  Scene scene;
  scene.put_info("a");
  const Delivery delivery = scene.claim_one();
  scene.desk.settle(delivery, Kind::delivered);
  scene.desk.pass_time(100);
  REQUIRE(must(scene.desk.archive->prune(Seconds{60}, 10)) == 1);
  for (const Kind kind : {Kind::delivered, Kind::retry_after, Kind::given_up}) {
    scene.desk.settle(delivery, kind, Seconds{0}, "late");
  }
  CHECK(scene.store->deliveries().empty());
}

TEST_CASE("a resolution goes out with an id of its own and names what it resolves") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  const Delivery alert = scene.claim_one();
  scene.desk.settle(alert, Kind::delivered);
  const std::string event_id = scene.desk.resolve(row.event_id);
  const Delivery resolution = scene.claim_one();
  CHECK(resolution.alert == row.id);
  CHECK(resolution.kind == DeliveryKind::resolution);
  CHECK(resolution.event_id == event_id);
  CHECK(resolution.resolves == row.event_id);
  CHECK(resolution.severity == Severity::info);
  CHECK(resolution.known_by == KnownBy::fingerprint);
  CHECK_FALSE(resolution.reason);
  CHECK(resolution.identity_facts == alert.identity_facts);
  CHECK(resolution.message_facts == alert.message_facts);
  CHECK(resolution.attempt == 1);
  scene.desk.settle(resolution, Kind::retry_after, Seconds{1}, "x");
  scene.desk.pass_time(2);
  const Delivery again = scene.claim_one();
  CHECK(again.event_id == event_id);
  CHECK(again.attempt == 2);
  scene.desk.settle(again, Kind::delivered);
  CHECK(scene.desk.stored_delivery(event_id).is_delivered);
  scene.desk.pass_time(1e6);
  CHECK(scene.desk.claim().empty());
}

TEST_CASE("an alert is sent before its resolution, and as it was") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  const std::string resolution = scene.desk.resolve(row.event_id);
  const Delivery first = scene.claim_one();
  CHECK(first.kind == DeliveryKind::verdict);
  CHECK(first.severity == Severity::suspicious);
  CHECK_FALSE(first.known_by);
  CHECK(first.reason == Reason::unknown);
  scene.desk.settle(first, Kind::retry_after, Seconds{0}, "x");
  const Delivery second = scene.claim_one();
  CHECK(second.kind == DeliveryKind::verdict);
  CHECK_FALSE(second.known_by);
  CHECK(second.attempt == 2);
  scene.desk.settle(second, Kind::delivered);
  CHECK(scene.claim_one().event_id == resolution);
}

TEST_CASE("resolved while the alert is on its way: the resolution waits for it") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  const Delivery alert = scene.claim_one();
  const std::string resolution = scene.desk.resolve(row.event_id);
  CHECK(scene.desk.claim().empty());
  CHECK(must(scene.desk.deliveries->next_due_in("webhook")).value() > Seconds{10});
  scene.desk.settle(alert, Kind::retry_after, Seconds{100}, "x");
  scene.desk.pass_time(50);
  CHECK(scene.desk.claim().empty());
  scene.desk.pass_time(51);
  scene.desk.settle(scene.claim_one(), Kind::delivered);
  CHECK(must(scene.desk.deliveries->next_due_in("webhook")) == Seconds{0});
  CHECK(scene.claim_one().event_id == resolution);
}

TEST_CASE("what is told late of the alert does not touch its resolution") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  const Delivery late = scene.claim_one();
  scene.desk.pass_time(16);
  scene.desk.settle(scene.claim_one(), Kind::delivered);
  scene.desk.resolve(row.event_id);
  const Delivery resolution = scene.claim_one();
  scene.desk.settle(late, Kind::delivered);
  scene.desk.settle(late, Kind::retry_after, Seconds{0}, "late");
  scene.desk.settle(late, Kind::given_up, Seconds{0}, "late");
  CHECK(scene.desk.claim().empty());
  CHECK_FALSE(scene.desk.stored_delivery(resolution.event_id).is_delivered);
  CHECK_FALSE(scene.desk.stored_delivery(resolution.event_id).is_abandoned);
  scene.desk.settle(resolution, Kind::delivered);
  CHECK(scene.desk.stored_delivery(resolution.event_id).is_delivered);
}

TEST_CASE("the resolution of what is given up is given up with it") {
  Scene scene(three);
  const IssuanceRow row = scene.put_suspicious("a");
  const std::string resolution = scene.desk.resolve(row.event_id);
  scene.desk.settle(scene.claim_one("webhook"), Kind::given_up, Seconds{0}, "gone");
  scene.desk.settle(scene.claim_one("slack"), Kind::retry_after, Seconds{0}, "x");
  const Delivery leased = scene.claim_one("mail");
  scene.desk.pass_time(100);
  CHECK(scene.desk.claim("webhook").empty());
  CHECK(scene.desk.stored_delivery(resolution, "webhook").is_abandoned);
  const auto too_old = must(scene.desk.deliveries->give_up_older_than(Seconds{60}));
  REQUIRE(too_old.size() == 2);
  for (const Delivery& one : too_old) CHECK(one.event_id == row.event_id);
  for (const StoredDelivery& one : scene.store->deliveries()) {
    CHECK(one.is_abandoned);
    CHECK_FALSE(one.is_due);
  }
  // What the receiver took all the same is on record.
  scene.desk.settle(leased, Kind::delivered);
  CHECK(scene.desk.stored_delivery(row.event_id, "mail").is_delivered);
}

TEST_CASE("destinations do not wait for each other") {
  Scene scene(three);
  const IssuanceRow row = scene.put_suspicious("a");
  const std::string resolution = scene.desk.resolve(row.event_id);
  scene.desk.settle(scene.claim_one("slack"), Kind::delivered);
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  CHECK(scene.claim_one("slack").event_id == resolution);
  const Delivery mail = scene.claim_one("mail");
  CHECK(mail.destination == "mail");
  CHECK(mail.event_id == row.event_id);
  scene.desk.settle(mail, Kind::given_up, Seconds{0}, "x");
  const Delivery webhook = scene.claim_one("webhook");
  CHECK(webhook.attempt == 1);
  CHECK(webhook.event_id == row.event_id);
  scene.desk.settle(webhook, Kind::delivered);
  CHECK(scene.claim_one("webhook").event_id == resolution);
  CHECK(scene.desk.claim("mail").empty());
  CHECK(scene.desk.claim("teams").empty());
}

TEST_CASE("an alert is delivered where the webhook took its verdict, and nobody else counts") {
  Scene scene(three);
  const IssuanceRow row = scene.put_suspicious("a");
  scene.desk.settle(scene.claim_one("slack"), Kind::delivered);
  scene.desk.settle(scene.claim_one("mail"), Kind::delivered);
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  scene.desk.settle(scene.claim_one("webhook"), Kind::delivered);
  CHECK(scene.desk.stored(row.id).delivered);
}

TEST_CASE("what was never tried is not given up, however old it is") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.desk.pass_time(1000);
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{0})).empty());
  scene.desk.settle(scene.claim_one(), Kind::retry_after, Seconds{1}, "x");
  scene.desk.pass_time(1);
  REQUIRE(must(scene.desk.deliveries->give_up_older_than(Seconds{0})).size() == 1);
  CHECK(scene.desk.stored_delivery(row.event_id).is_abandoned);
}

TEST_CASE("unless its destination is no longer in force") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.desk.pass_time(25 * 3600);
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{26 * 3600})).empty());
  const auto given_up = must(scene.desk.deliveries->give_up_older_than(Seconds{3600}));
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].event_id == row.event_id);
  CHECK(given_up[0].destination == "webhook");
}

TEST_CASE("what is too old is given up, but not while it is leased") {
  Scene scene;
  const IssuanceRow old = scene.put_info("a");
  scene.desk.settle(scene.claim_one(), Kind::retry_after, Seconds{1000}, "x");
  scene.desk.pass_time(50);
  scene.put_info("b");
  scene.desk.pass_time(50);
  const auto given_up = must(scene.desk.deliveries->give_up_older_than(Seconds{60}));
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].alert == old.id);
  CHECK(given_up[0].event_id == old.event_id);
  CHECK(scene.desk.stored_delivery(old.event_id).is_abandoned);
  const Delivery leased = scene.claim_one();
  scene.desk.pass_time(12);
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{60})).empty());
  scene.desk.settle(leased, Kind::retry_after, Seconds{60}, "x");
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{60})).size() == 1);
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{60})).empty());
}

TEST_CASE("the age of a resolution counts from the resolution") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  scene.desk.settle(scene.claim_one(), Kind::delivered);
  scene.desk.pass_time(1000);
  const std::string resolution = scene.desk.resolve(row.event_id);
  scene.desk.settle(scene.claim_one(), Kind::retry_after, Seconds{1000}, "x");
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{60})).empty());
  scene.desk.pass_time(61);
  const auto given_up = must(scene.desk.deliveries->give_up_older_than(Seconds{60}));
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].event_id == resolution);
  CHECK(given_up[0].resolves == row.event_id);
  scene.desk.pass_time(100);
  CHECK(scene.desk.claim().empty());
}

TEST_CASE("how long until something can be claimed") {
  Scene scene(three);
  const auto next = [&] { return must(scene.desk.deliveries->next_due_in("webhook")); };
  CHECK_FALSE(next());
  scene.put_info("a");
  CHECK(next() == Seconds{0});
  CHECK_FALSE(must(scene.desk.deliveries->next_due_in("teams")));
  const Delivery delivery = scene.claim_one();
  auto wait = next();
  REQUIRE(wait);
  CHECK(wait->count() > 10);
  CHECK(wait->count() <= 15);
  scene.desk.settle(delivery, Kind::retry_after, Seconds{100}, "x");
  wait = next();
  REQUIRE(wait);
  CHECK(wait->count() > 90);
  CHECK(wait->count() <= 100);
  scene.desk.pass_time(200);
  CHECK(next() == Seconds{0});
}

TEST_CASE("counts of what is pending and overdue") {
  Scene scene;
  scene.store->add_python_row(1, "suspicious");
  const SystemTime now = scene.desk.look({}).now;
  for (const auto& [name, decide_in] : {std::pair("a", 10), std::pair("b", 200)}) {
    IssuanceRow row = issuance(name);
    row.decide_at = now + std::chrono::seconds(decide_in);
    scene.put(row);
  }
  CHECK(must(scene.desk.deliveries->counts()).pending == 2);
  CHECK(must(scene.desk.deliveries->counts()).overdue_verdicts == 0);
  scene.desk.pass_time(100);
  const OpenCounts counts = must(scene.desk.deliveries->counts());
  CHECK(counts.pending == 2);
  CHECK(counts.overdue_verdicts == 1);
  CHECK(counts.due.at("webhook").deliveries == 0);
}

TEST_CASE("counts of what is due, for each destination in force") {
  Scene scene(three);
  scene.put_suspicious("a");
  scene.desk.pass_time(100);
  scene.put_suspicious("b");
  scene.desk.pass_time(16);
  scene.desk.settle(scene.desk.claim("mail").at(0), Kind::delivered);
  OpenCounts counts = must(scene.desk.deliveries->counts());
  REQUIRE(counts.due.size() == 3);
  CHECK(counts.due["webhook"].deliveries == 2);
  CHECK(counts.due["webhook"].oldest.count() > 115);
  CHECK(counts.due["webhook"].oldest.count() < 130);
  CHECK(counts.due["mail"].deliveries == 1);
  CHECK(counts.due["mail"].oldest.count() < 30);
  for (const Delivery& one : scene.desk.claim("slack")) scene.desk.settle(one, Kind::delivered);
  counts = must(scene.desk.deliveries->counts());
  REQUIRE(counts.due.contains("slack"));
  CHECK(counts.due["slack"].deliveries == 0);
  CHECK(counts.due["slack"].oldest == Seconds{0});
  // Of one that is no longer in force nothing counts.
  scene.desk.pass_time(25 * 3600);
  scene.desk.announce({{"slack", Importance::high}});
  counts = must(scene.desk.deliveries->counts());
  CHECK(counts.due.size() == 1);
  CHECK(counts.due.contains("slack"));
}

TEST_CASE("couriers of two replicas claim each delivery once") {
  Scene scene;
  constexpr int deliveries = 60;
  for (int i = 0; i < deliveries; ++i) scene.put_info(std::to_string(i));
  std::vector<std::int64_t> claimed[2];
  const auto courier = [&](int number) {
    const auto session = scene.store->delivery_store();
    for (int empty = 0; empty < 3;) {
      const auto some = session->claim("webhook", 3, Seconds{60});
      if (!some) continue;
      if (some->empty()) ++empty;
      for (const Delivery& one : *some) {
        claimed[number].push_back(one.alert);
        while (!session->settle(one, {Kind::delivered, Seconds{0}, ""})) {
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
  for (const StoredAlert& row : scene.store->alerts()) CHECK(row.delivered);
  for (const StoredDelivery& one : scene.store->deliveries()) CHECK(one.attempts == 1);
}

TEST_CASE("one store serves several threads") {
  Scene scene;
  for (int i = 0; i < 12; ++i) scene.put_info(std::to_string(i));
  std::atomic<int> delivered{0};
  {
    std::vector<std::jthread> couriers;
    for (int i = 0; i < 3; ++i) {
      couriers.emplace_back([&] {
        while (true) {
          const auto one = scene.desk.deliveries->claim("webhook", 1, Seconds{60});
          if (!one || one->empty()) return;
          const Settlement taken{Kind::delivered, Seconds{0}, ""};
          if (scene.desk.deliveries->settle(one->front(), taken)) ++delivered;
        }
      });
    }
  }
  CHECK(delivered == 12);
}

TEST_CASE("a hurried store of deliveries still works") {
  Scene scene;
  scene.put_info("a");
  scene.desk.deliveries->hurry();
  scene.desk.settle(scene.claim_one(), Kind::delivered);
  CHECK(must(scene.desk.deliveries->counts()).due.at("webhook").deliveries == 0);
}

}  // namespace
}  // namespace certwatch::contract
