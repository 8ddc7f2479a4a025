// A rogue precertificate with our serial, names and dates, and when it is found out (the arrivals
// and what is on record after them are in issuance_contract.cpp).
#include <algorithm>
#include <thread>

#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Kind = Settlement::Kind;

const NewAlert& the_rogue() {
  static const NewAlert one = precertificate("b", "pb");
  return one;
}

// The rogue, called ours by the serial.
Recorded record_provisional(Desk& desk) {
  desk.know("ca");
  const Recorded rogue = desk.record(the_rogue());
  REQUIRE(rogue.verdict.known_by == KnownBy::serial);
  return rogue;
}

// Ours comes, and is certain.
std::vector<Recorded> record_ours(Desk& desk) {
  return desk.record({precertificate("a", "pa"), certificate("a", "ca")});
}

Delivery claim_one(Desk& desk) {
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  return claimed.front();
}

// The only delivery of this row that is due.
Delivery claim_of(Desk& desk, std::int64_t row) {
  const auto claimed = desk.claim();
  const auto of_row = [row](const Delivery& one) { return one.row == row; };
  REQUIRE(std::count_if(claimed.begin(), claimed.end(), of_row) == 1);
  return *std::find_if(claimed.begin(), claimed.end(), of_row);
}

// That it is an alert like any other, and has never been anything else.
void check_overturned(Desk& desk, const Recorded& rogue) {
  const StoredAlert row = desk.row(rogue.row);
  CHECK(row.severity == "suspicious");
  CHECK(row.reason == "serial_conflict");
  CHECK(row.known_by.empty());
  CHECK_FALSE(row.provisional);
  CHECK_FALSE(row.delivered);
  CHECK_FALSE(row.is_abandoned);
  CHECK_FALSE(row.is_resolved);
  CHECK(row.is_decided);
  CHECK(row.is_due);
  CHECK(row.attempts == 0);
  CHECK(row.last_error.empty());
  CHECK(row.event_id != rogue.verdict.event_id);
  CHECK(row.payload == the_rogue().payload);
}

TEST_CASE("what loses our serial is told with the verdict that makes ours certain") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = record_provisional(desk);
  desk.settle(claim_one(desk), Kind::delivered);
  desk.pass_time(100);
  const auto recorded = record_ours(desk);
  CHECK(recorded[0].verdict.known_by == KnownBy::fingerprint);
  REQUIRE(recorded.back().overturned.size() == 1);
  const Verdict verdict = recorded.back().overturned.front();
  CHECK(verdict.row == rogue.row);
  CHECK(verdict.severity == Severity::suspicious);
  CHECK(verdict.reason == Reason::serial_conflict);
  CHECK_FALSE(verdict.known_by);
  CHECK(verdict.matched.find("example.org") != std::string::npos);
  CHECK(verdict.event_id == desk.row(rogue.row).event_id);
  check_overturned(desk, rogue);

  const Delivery delivery = claim_of(desk, rogue.row);
  CHECK(delivery.event_id == verdict.event_id);
  CHECK(delivery.attempt == 1);
  CHECK(delivery.severity == Severity::suspicious);
  CHECK(delivery.reason == Reason::serial_conflict);
  CHECK_FALSE(delivery.resolves);
  desk.settle(delivery, Kind::delivered);
  CHECK(desk.row(rogue.row).delivered);
  // Once.
  CHECK(desk.record(certificate("a", "c2")).overturned.empty());
  CHECK(desk.row(rogue.row).event_id == verdict.event_id);
}

TEST_CASE("in one batch the rogue is not called ours, whatever its place in it") {
  std::vector<int> order{0, 1, 2};
  do {
    const auto store = make_store();
    Desk desk(*store);
    desk.know("ca");
    const NewAlert arrivals[] = {the_rogue(), precertificate("a", "pa"), certificate("a", "ca")};
    std::vector<NewAlert> batch;
    for (const int index : order) batch.push_back(arrivals[index]);
    for (const Recorded& one : desk.record(batch)) {
      CHECK(one.overturned.empty());
      const bool is_rogue = one.verdict.event_id == the_rogue().event_id;
      CHECK((!is_rogue || one.verdict.severity == Severity::pending));
    }
    desk.pass_time(11);
    const auto verdicts = desk.judge();
    REQUIRE(verdicts.size() == 1);
    CHECK(verdicts[0].event_id == the_rogue().event_id);
    CHECK(verdicts[0].reason == Reason::serial_conflict);
    CHECK(desk.rows().size() == 2);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("with a grace of 0 the rogue of a batch is suspicious at once, and told once") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.grace = Seconds{0};
  desk.know("ca");
  const auto recorded =
      desk.record({the_rogue(), precertificate("a", "pa"), certificate("a", "ca")});
  CHECK(recorded[0].verdict.severity == Severity::suspicious);
  CHECK(recorded[0].verdict.reason == Reason::serial_conflict);
  CHECK(recorded[1].verdict.known_by == KnownBy::fingerprint);
  for (const Recorded& one : recorded) CHECK(one.overturned.empty());
  CHECK(desk.claim().size() == 2);
}

TEST_CASE("due at the same time, each gets the verdict that is its own, once") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = desk.record(the_rogue());
  record_ours(desk);
  desk.know("ca");
  desk.pass_time(11);
  const auto verdicts = desk.judge();
  REQUIRE(verdicts.size() == 2);
  CHECK(verdicts[0].row == rogue.row);
  CHECK(verdicts[0].event_id == rogue.verdict.event_id);
  CHECK(verdicts[0].reason == Reason::serial_conflict);
  CHECK(verdicts[1].known_by == KnownBy::fingerprint);
  CHECK(desk.claim().size() == 2);
  CHECK(desk.judge().empty());
  CHECK(desk.resolve().empty());
}

TEST_CASE("verdicts one at a time: what was called ours first is overturned by the second") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = desk.record(the_rogue());
  record_ours(desk);
  desk.know("ca");
  desk.pass_time(11);
  const auto first = must(desk.alerts->judge_due(desk.options, 1));
  REQUIRE(first.size() == 1);
  CHECK(first[0].known_by == KnownBy::serial);
  const auto second = must(desk.alerts->judge_due(desk.options, 1));
  REQUIRE(second.size() == 2);
  CHECK(second[0].row == rogue.row);
  CHECK(second[0].severity == Severity::suspicious);
  CHECK(second[1].known_by == KnownBy::fingerprint);
  check_overturned(desk, rogue);
}

TEST_CASE("whoever still posts that the rogue is ours settles nothing") {
  for (const Kind kind : {Kind::delivered, Kind::retry_after, Kind::given_up}) {
    const auto store = make_store();
    Desk desk(*store);
    Desk replica(*store);
    const Recorded rogue = record_provisional(desk);
    const Delivery old = claim_one(replica);
    REQUIRE(old.severity == Severity::info);
    record_ours(desk);
    check_overturned(desk, rogue);
    replica.settle(old, kind, Seconds{1000}, "late");
    check_overturned(desk, rogue);
    // The old lease does not hold the new event up.
    const Delivery delivery = claim_of(desk, rogue.row);
    CHECK(delivery.event_id != old.event_id);
    CHECK(delivery.attempt == old.attempt);
    // Nor does it once that is under way.
    replica.settle(old, kind, Seconds{1000}, "late");
    CHECK_FALSE(desk.row(rogue.row).delivered);
    CHECK(desk.row(rogue.row).is_due);
    desk.settle(delivery, Kind::delivered);
    CHECK(desk.row(rogue.row).delivered);
    CHECK_FALSE(desk.row(rogue.row).is_due);
  }
}

TEST_CASE("that the delivery of the info had been given up does not silence the alert") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = record_provisional(desk);
  desk.settle(claim_one(desk), Kind::given_up, Seconds{0}, "refused");
  REQUIRE(desk.row(rogue.row).is_abandoned);
  record_ours(desk);
  check_overturned(desk, rogue);
}

TEST_CASE("an alert that was resolved by the serial alone is raised again") {
  const auto store = make_store();
  Desk desk(*store);
  Desk replica(*store);
  const Recorded rogue = desk.record(the_rogue());
  const Recorded ours = desk.record(precertificate("a", "pa"));
  desk.pass_time(11);
  CHECK(desk.judge().size() == 2);
  for (const Delivery& one : desk.claim()) desk.settle(one, Kind::delivered);
  desk.know("ca");
  REQUIRE(desk.resolve().size() == 1);
  const Delivery resolution = claim_one(replica);
  REQUIRE(resolution.resolves == rogue.verdict.event_id);
  desk.record(certificate("a", "ca"));
  const auto resolved = desk.resolve();
  REQUIRE(resolved.size() == 2);
  CHECK(resolved[0].row == rogue.row);
  CHECK_FALSE(resolved[0].known_by);
  CHECK(resolved[0].reason == Reason::serial_conflict);
  CHECK(resolved[1].row == ours.row);
  CHECK(resolved[1].known_by == KnownBy::fingerprint);
  replica.settle(resolution, Kind::delivered);
  check_overturned(desk, rogue);
  const Delivery again = claim_of(desk, rogue.row);
  CHECK(again.severity == Severity::suspicious);
  CHECK_FALSE(again.resolves);
  CHECK(desk.resolve().empty());
}

TEST_CASE("resolved together, the suspicious rogue keeps its event and is not resolved") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = desk.record(the_rogue());
  record_ours(desk);
  desk.pass_time(11);
  CHECK(desk.judge().size() == 2);
  desk.know("ca");
  const auto resolved = desk.resolve();
  REQUIRE(resolved.size() == 1);
  CHECK(resolved[0].known_by == KnownBy::fingerprint);
  const StoredAlert row = desk.row(rogue.row);
  CHECK(row.event_id == rogue.verdict.event_id);
  CHECK_FALSE(row.is_resolved);
  CHECK(desk.resolve().empty());
}

TEST_CASE("a rogue whose certificate is an alert already makes no second one") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = record_provisional(desk);
  desk.record(certificate("b", "cb"));
  CHECK(record_ours(desk).back().overturned.empty());
  CHECK(desk.row(rogue.row).event_id == rogue.verdict.event_id);
  desk.pass_time(11);
  const auto verdicts = desk.judge();
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].reason == Reason::serial_only);
  // Not even where it is ours after all.
  desk.know("cb");
  CHECK(desk.resolve().size() == 1);
  CHECK(desk.row(rogue.row).severity == "info");
  CHECK_FALSE(desk.row(rogue.row).provisional);
}

TEST_CASE("a rogue whose certificate is known only without its TBS hash loses our serial") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded rogue = record_provisional(desk);
  desk.record(without_der(certificate("b", "cb")));
  CHECK(record_ours(desk).back().overturned.size() == 1);
  check_overturned(desk, rogue);
}

TEST_CASE("in observer mode what loses our serial is on record, and makes nothing due") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.deliver = false;
  const Recorded rogue = record_provisional(desk);
  REQUIRE(record_ours(desk).back().overturned.size() == 1);
  CHECK(desk.row(rogue.row).severity == "suspicious");
  CHECK_FALSE(desk.row(rogue.row).is_due);
  CHECK(desk.claim().empty());
}

TEST_CASE("another serial, or no serial, loses nothing") {
  const auto store = make_store();
  Desk desk(*store);
  record_provisional(desk);
  InventoryCertificate other = inventory_certificate("other");
  other.serial = "def";
  desk.know(other);
  const Recorded alone = desk.record(with_serial(precertificate("d", "pd"), "def"));
  REQUIRE(alone.verdict.known_by == KnownBy::serial);
  CHECK(record_ours(desk).back().overturned.size() == 1);
  CHECK(desk.row(alone.row).severity == "info");
  CHECK(desk.row(alone.row).provisional);
}

TEST_CASE("replicas that judge at the same time leave no rogue that is called ours") {
  const auto store = make_store();
  constexpr int issuances = 30;
  {
    Desk desk(*store);
    for (int i = 0; i < issuances; ++i) {
      const std::string name = std::to_string(i);
      const auto arrival = [&name](NewAlert alert) { return with_serial(std::move(alert), name); };
      desk.record({arrival(precertificate("rogue " + name, "rogue " + name)),
                   arrival(precertificate("ours " + name, "pre " + name)),
                   arrival(certificate("ours " + name, "ours " + name))});
      InventoryCertificate ours = inventory_certificate("ours " + name);
      ours.serial = name;
      desk.know(ours);
    }
    desk.pass_time(11);
  }
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&store, i] {
        Desk desk(*store);
        while (true) {
          // Such that a rogue and what is ours often fall to different replicas.
          const auto some = desk.alerts->judge_due(desk.options, i == 0 ? 1 : 3);
          if (some && some->empty()) break;
        }
      });
    }
  }
  Desk desk(*store);
  desk.judge();
  const auto rows = desk.rows();
  REQUIRE(rows.size() == 2 * issuances);
  for (const StoredAlert& row : rows) {
    const bool is_rogue = row.tbs_sha256.find("rogue") != std::string::npos;
    CHECK(row.severity == (is_rogue ? "suspicious" : "info"));
    CHECK(row.reason == (is_rogue ? "serial_conflict" : ""));
    CHECK_FALSE(row.provisional);
    CHECK(row.is_due);
  }
}

}  // namespace
}  // namespace certwatch::contract
