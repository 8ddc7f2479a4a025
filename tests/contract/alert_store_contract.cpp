// What record/alert_store.h promises of recording and verdicts.
#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

TEST_CASE("a new alert is on record, whole and pending, before anybody is told of it") {
  const auto store = make_store();
  Desk desk(*store);
  const NewAlert alert = certificate("a", "f1");
  const Recorded recorded = desk.record(alert);
  CHECK(recorded.as == Recorded::As::alert);
  CHECK(recorded.verdict.severity == Severity::pending);
  CHECK(recorded.verdict.event_id == alert.event_id);
  CHECK(recorded.verdict.row == recorded.row);
  const StoredAlert row = desk.row(recorded.row);
  CHECK(row.event_id == alert.event_id);
  CHECK(row.fingerprint == "f1");
  CHECK(row.payload == alert.payload);
  CHECK(row.matched.find("example.org") != std::string::npos);
  CHECK(row.sans.find("www.example.org") != std::string::npos);
  CHECK(row.issuer == "Test CA");
  CHECK(row.seen_at == 1700000000);
  CHECK(row.severity == "pending");
  CHECK_FALSE(row.delivered);
  CHECK(desk.claim().empty());
}

TEST_CASE("what the inventory knows by fingerprint is info at once, and due") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("f1");
  const Recorded recorded = desk.record(certificate("a", "f1"));
  CHECK(recorded.verdict.severity == Severity::info);
  CHECK(recorded.verdict.known_by == KnownBy::fingerprint);
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].severity == Severity::info);
  CHECK(claimed[0].known_by == KnownBy::fingerprint);
}

TEST_CASE("what is not ours when the grace window ends is suspicious, not before") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = desk.record(certificate("a", "f1"));
  desk.pass_time(9);
  CHECK(desk.judge().empty());
  desk.pass_time(2);
  const auto verdicts = desk.judge();
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].row == recorded.row);
  CHECK(verdicts[0].severity == Severity::suspicious);
  CHECK(verdicts[0].reason == Reason::unknown);
  CHECK_FALSE(verdicts[0].known_by);
  CHECK(desk.judge().empty());
  REQUIRE(desk.claim().size() == 1);
}

}  // namespace
}  // namespace certwatch::contract
