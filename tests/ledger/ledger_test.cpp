#include "ledger/ledger.h"

#include "classify/place.h"
#include "ledger/notation.h"
#include "support/catch.h"

using namespace certwatch;
using ledger::Ledger;
using ledger::Recorded;
using ledger::Snapshot;

namespace {

constexpr Seconds grace{10};

SystemTime at(int seconds) {
  return SystemTime(std::chrono::seconds(seconds));
}

ledger::Rules rules(Seconds of_grace = grace) {
  return {of_grace, [] { return std::string("made-up"); }};
}

ledger::Arrival arrival(std::string_view step, std::string event_id = "event") {
  return {std::move(event_id), notation::sighting(step), {}};
}

Snapshot at_second(int seconds) {
  Snapshot snapshot;
  snapshot.now = at(seconds);
  return snapshot;
}

// A row on record with this number.
IssuanceRow row_on_record(std::int64_t id, std::string_view step, Severity severity) {
  IssuanceRow row = row_of(notation::sighting(step));
  row.id = id;
  row.event_id = "event-" + std::to_string(id);
  row.severity = severity;
  row.decide_at = at(100);
  return row;
}

}  // namespace

TEST_CASE("a new row is pending until the grace window is over") {
  Ledger ledger(at_second(100), rules());
  const auto first = arrival("Ch");
  CHECK(ledger.arrive(first).as == Recorded::As::alert);
  const auto changes = ledger.changes();
  REQUIRE(changes.inserts.size() == 1);
  CHECK(changes.inserts[0].row.id < 0);
  CHECK(changes.inserts[0].row.severity == Severity::pending);
  CHECK(changes.inserts[0].row.decide_at == at(110));
  CHECK(std::get<const AlertContent*>(changes.inserts[0].content) == &first.content);
  CHECK(changes.decided.empty());
  CHECK(changes.deliveries.empty());
}

TEST_CASE("a grace window that is still open gives no verdict") {
  Snapshot snapshot = at_second(99);
  snapshot.rows = {row_on_record(1, "Ch", Severity::pending)};
  Ledger ledger(snapshot, rules());
  ledger.grace_over(1);
  CHECK(ledger.changes().empty());
}

TEST_CASE("with a grace of 0 the verdict falls at once") {
  Ledger ledger(at_second(100), rules(Seconds{0}));
  const auto stranger = arrival("Ch");
  ledger.arrive(stranger);
  REQUIRE(ledger.verdicts().size() == 1);
  CHECK(ledger.verdicts()[0].severity == Severity::suspicious);
  CHECK(ledger.changes().decided == std::vector{ledger.changes().inserts[0].row.id});
}

TEST_CASE(
    "an inventory that did not answer gives no verdict, resolves nothing and forgets nothing") {
  Snapshot snapshot = at_second(200);
  snapshot.inventory_answered = false;
  snapshot.rows = {row_on_record(1, "Ch", Severity::pending),
                   row_on_record(2, "Cd", Severity::suspicious)};
  Ledger ledger(snapshot, rules(Seconds{0}));
  ledger.grace_over(1);
  ledger.look_again(2);
  CHECK(ledger.changes().empty());
  const auto another = arrival("Cr");
  ledger.arrive(another);
  const auto changes = ledger.changes();
  REQUIRE(changes.inserts.size() == 1);
  CHECK(changes.inserts[0].row.severity == Severity::pending);
}

TEST_CASE("a verdict is told at the destinations in force that it is important enough for") {
  Snapshot snapshot = at_second(100);
  snapshot.inventory = {notation::inventory_certificate("+a")};
  snapshot.destinations = {{"webhook", Importance::info}, {"slack", Importance::high}};
  Ledger ledger(snapshot, rules(Seconds{0}));
  const auto ours = arrival("Ca", "of-ours");
  const auto stranger = arrival("Ch", "of-stranger");
  ledger.arrive(ours);
  ledger.arrive(stranger);
  const auto deliveries = ledger.changes().deliveries;
  REQUIRE(deliveries.size() == 3);
  CHECK(deliveries[0].event_id == "of-ours");
  CHECK(deliveries[0].destination == "webhook");
  CHECK(deliveries[0].kind == DeliveryKind::verdict);
  CHECK(deliveries[1].event_id == "of-stranger");
  CHECK(deliveries[2].destination == "slack");
}

TEST_CASE("a process tells its own destinations, also where the record has forgotten them") {
  for (const bool is_announced : {true, false}) {
    Snapshot snapshot = at_second(100);
    if (is_announced) snapshot.destinations = {{"webhook", Importance::critical}};
    ledger::Rules at_once = rules(Seconds{0});
    at_once.own_destinations = {{"webhook", Importance::info}};
    Ledger ledger(snapshot, at_once);
    const auto stranger = arrival("Ch");
    ledger.arrive(stranger);
    REQUIRE(ledger.changes().deliveries.size() == 1);
    CHECK(ledger.changes().deliveries[0].destination == "webhook");
  }
}

TEST_CASE("a resolution is told where the verdict was, once, unless that was given up") {
  Snapshot snapshot = at_second(300);
  snapshot.inventory = {notation::inventory_certificate("+a")};
  snapshot.rows = {row_on_record(1, "Ca", Severity::suspicious)};
  snapshot.destinations = {{"mail", Importance::info}};  // announced later: it knows nothing of it
  snapshot.deliveries = {{1, "webhook", false}, {1, "slack", true}, {2, "teams", false}};
  Ledger ledger(snapshot, rules());
  ledger.look_again(1);
  ledger.look_again(1);
  const auto changes = ledger.changes();
  CHECK(changes.resolved == std::vector<std::int64_t>{1});
  REQUIRE(changes.updates.size() == 1);
  CHECK(changes.updates[0].is_resolved);
  CHECK(changes.updates[0].severity == Severity::suspicious);
  CHECK(changes.updates[0].known_by == KnownBy::fingerprint);
  REQUIRE(changes.deliveries.size() == 1);
  CHECK(changes.deliveries[0].destination == "webhook");
  CHECK(changes.deliveries[0].kind == DeliveryKind::resolution);
  CHECK(changes.deliveries[0].event_id == "made-up");
  CHECK(ledger.resolutions().size() == 1);
}

TEST_CASE("a repeat changes nothing") {
  Snapshot snapshot = at_second(100);
  snapshot.rows = {row_on_record(7, "Ch", Severity::suspicious)};
  Ledger ledger(snapshot, rules());
  const auto again = arrival("Ch");
  const auto recorded = ledger.arrive(again);
  CHECK(recorded.as == Recorded::As::repeat);
  CHECK(recorded.row == 7);
  CHECK(ledger.changes().empty());
}

TEST_CASE("a repeat by a fingerprint alone decides nothing about its row") {
  // The snapshot has the rows of the claimed serial, and not those that contradict the pending row:
  // it must not be called ours for want of them.
  Snapshot snapshot = at_second(99);
  snapshot.rows = {row_on_record(7, "Pb", Severity::pending)};
  snapshot.inventory = {notation::inventory_certificate("+a")};
  Ledger ledger(snapshot, rules());
  ledger::Arrival lie = arrival("ph");
  lie.identity.fingerprints = notation::sighting("Pb").fingerprints;
  CHECK(ledger.arrive(lie).row == 7);
  CHECK(ledger.changes().empty());
}

TEST_CASE("an arrival that is recorded again is the alert that it was") {
  Snapshot snapshot = at_second(100);
  snapshot.rows = {row_on_record(7, "Ch", Severity::pending)};
  Ledger ledger(snapshot, rules());
  const auto again = arrival("Ch", "event-7");
  const auto recorded = ledger.arrive(again);
  CHECK(recorded.as == Recorded::As::alert);
  CHECK(recorded.row == 7);
  CHECK(ledger.changes().empty());
  CHECK(ledger.verdicts().empty());
}

TEST_CASE("the verdict of an arrival that is recorded again is told: the first answer was lost") {
  Snapshot snapshot = at_second(100);
  snapshot.rows = {row_on_record(7, "Ch", Severity::suspicious)};
  Ledger ledger(snapshot, rules(Seconds{0}));
  const auto again = arrival("Ch", "event-7");
  CHECK(ledger.arrive(again).as == Recorded::As::alert);
  CHECK(ledger.changes().empty());
  REQUIRE(ledger.verdicts().size() == 1);
  CHECK(ledger.verdicts()[0].row == 7);
  CHECK(ledger.verdicts()[0].severity == Severity::suspicious);
}

TEST_CASE("nothing happens to a row that has been deleted meanwhile") {
  Ledger ledger(at_second(200), rules());
  ledger.grace_over(7);
  ledger.look_again(7);
  CHECK(ledger.changes().empty());
  CHECK(ledger.verdicts().empty());
  CHECK(ledger.resolutions().empty());
}

TEST_CASE("two sightings of one issuance in one batch make one row") {
  Ledger ledger(at_second(100), rules());
  const auto first = arrival("Ph", "first");
  const auto second = arrival("Ch", "second");
  const auto made = ledger.arrive(first);
  const auto joined = ledger.arrive(second);
  CHECK(joined.as == Recorded::As::repeat);
  CHECK(joined.row == made.row);
  const auto changes = ledger.changes();
  REQUIRE(changes.inserts.size() == 1);
  CHECK(changes.inserts[0].row.event_id == "first");
  CHECK(changes.inserts[0].row.computed[Sort::certificate].size() == 1);
}

TEST_CASE("a claim that is driven out has the message of the row it leaves, and facts of its own") {
  Snapshot snapshot = at_second(100);
  snapshot.rows = {row_on_record(1, "ch", Severity::suspicious)};
  snapshot.rows[0].claimed[Sort::certificate] = {std::string(40, 'e')};
  snapshot.rows[0].matched = "[\"n.example\"]";
  Ledger ledger(snapshot, rules());
  const auto precertificate = arrival("Ph", "p");
  const auto certificate = arrival("Ch", "c");
  ledger.arrive(precertificate);
  ledger.arrive(certificate);
  const auto changes = ledger.changes();
  REQUIRE(changes.inserts.size() == 1);
  const IssuanceRow& apart = changes.inserts[0].row;
  CHECK(apart.claimed[Sort::certificate] == std::vector{std::string(40, 'e')});
  CHECK(apart.conflict_with == 1);
  CHECK(apart.matched == "[\"n.example\"]");
  CHECK_FALSE(apart.is_hashed());
  const auto& content = std::get<ledger::ContentOfRow>(changes.inserts[0].content);
  CHECK(content.row == 1);
  CHECK(content.claimed_fingerprint == std::string(40, 'e'));
  CHECK_FALSE(content.is_precertificate);
}

TEST_CASE("a refutation tells the same certificate again, and names both rows") {
  Snapshot snapshot = at_second(100);
  snapshot.inventory = {notation::inventory_certificate("+a")};
  snapshot.rows = {row_on_record(1, "Pb", Severity::info)};
  snapshot.rows[0].known_by = KnownBy::serial;
  snapshot.destinations = {{"webhook", Importance::info}};
  Ledger ledger(snapshot, rules());
  const auto ours = arrival("Ca", "ours");
  const auto recorded = ledger.arrive(ours);
  const auto changes = ledger.changes();
  REQUIRE(changes.inserts.size() == 2);
  const IssuanceRow& again = changes.inserts[1].row;
  CHECK(again.refutes == 1);
  CHECK(again.conflict_with == recorded.row);
  CHECK(again.reason == Reason::serial_conflict);
  CHECK_FALSE(std::get<ledger::ContentOfRow>(changes.inserts[1].content).claimed_fingerprint);
  REQUIRE(changes.updates.size() == 1);
  CHECK(changes.updates[0].is_refuted);
  CHECK(changes.updates[0].severity == Severity::info);
  CHECK(changes.decided.size() == 2);
  CHECK(changes.deliveries.size() == 2);
}

TEST_CASE("what the Python service recorded is known by its fingerprint and learns nothing") {
  Snapshot snapshot = at_second(100);
  IssuanceRow row;
  row.id = 3;
  row.severity = Severity::suspicious;
  row.claimed[Sort::certificate] = notation::sighting("Ch").fingerprints;
  snapshot.rows = {row};
  snapshot.inventory = {notation::inventory_certificate("+h")};
  Ledger ledger(snapshot, rules());
  const auto again = arrival("Ch");
  const auto recorded = ledger.arrive(again);
  CHECK(recorded.as == Recorded::As::repeat);
  CHECK(recorded.row == 3);
  CHECK(ledger.changes().empty());
}

TEST_CASE("without serial and validity a fingerprint is all there is") {
  struct Case {
    const char* why;
    bool is_precertificate;
    const char* rows;
  };
  const Case cases[] = {
      {"a certificate that claims one of ours is ours", false, "info"},
      {"what calls itself a precertificate is not", true, "suspicious"},
  };
  for (const Case& one : cases) {
    INFO(one.why);
    Snapshot snapshot = at_second(100);
    snapshot.inventory = {notation::inventory_certificate("+a")};
    Ledger ledger(snapshot, rules(Seconds{0}));
    ledger::Arrival keyless = arrival("ca");
    keyless.identity.serial_key.reset();
    keyless.identity.is_precertificate = one.is_precertificate;
    ledger.arrive(keyless);
    ledger::Arrival repeat = keyless;
    repeat.event_id = "another";
    CHECK(ledger.arrive(repeat).as == Recorded::As::repeat);
    REQUIRE(ledger.verdicts().size() == 1);
    CHECK(word(ledger.verdicts()[0].severity) == std::string(one.rows));
  }
}

TEST_CASE("what only has a place in a log is recognised by that place") {
  Ledger ledger(at_second(100), rules());
  ledger::Arrival somewhere{"one", {}, {}};
  somewhere.identity.source_key = "log and index";
  ledger::Arrival elsewhere{"two", {}, {}};
  elsewhere.identity.source_key = "log and another index";
  ledger::Arrival again = somewhere;
  again.event_id = "three";
  CHECK(ledger.arrive(somewhere).as == Recorded::As::alert);
  CHECK(ledger.arrive(elsewhere).as == Recorded::As::alert);
  CHECK(ledger.arrive(again).as == Recorded::As::repeat);
}

TEST_CASE("SHA-1 and SHA-256 of one certificate do not contradict each other") {
  Snapshot snapshot = at_second(100);
  Ledger ledger(snapshot, rules());
  ledger::Arrival by_sha1 = arrival("ch", "one");
  ledger::Arrival by_sha256 = arrival("ch", "two");
  by_sha1.identity.fingerprints = {std::string(40, '1')};
  by_sha256.identity.fingerprints = {std::string(64, '2')};
  const auto first = ledger.arrive(by_sha1);
  CHECK(ledger.arrive(by_sha256).row == first.row);
  ledger::Arrival computed = arrival("Ch", "three");
  computed.identity.fingerprints = {std::string(40, '1'), std::string(64, '2')};
  CHECK(ledger.arrive(computed).row == first.row);
  CHECK(ledger.changes().inserts.size() == 1);
}

TEST_CASE("beyond what a snapshot holds of a serial key a new row is a conflict, and is counted") {
  Snapshot snapshot = at_second(100);
  snapshot.rows = {row_on_record(1, "Ph", Severity::info)};
  snapshot.crowded_keys = {notation::sighting("Ph").serial_key->text()};
  snapshot.rows[0].names = {"other.example"};
  snapshot.rows[0].tbs_sha256 = "T-other";
  Ledger ledger(snapshot, rules());
  const auto another = arrival("Pk");
  CHECK(ledger.arrive(another).is_crowded);
  CHECK(ledger.changes().inserts.at(0).row.conflict_with == 1);
}
