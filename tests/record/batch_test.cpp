// What a batch does to the rows on record, apart from any database.
#include "record/batch.h"

#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using contract::certificate;
using contract::precertificate;
using contract::with_serial;
using contract::without_der;

// A row as find would return it after `alert` had been recorded as row 7.
RowOnRecord on_record(const NewAlert& alert) {
  RowOnRecord row;
  row.known.row = 7;
  row.known.fingerprints = {alert.identity.fingerprint};
  row.known.has_certificate = !alert.identity.is_precertificate;
  row.known.tbs_sha256 = alert.identity.tbs_sha256;
  row.known.serial_key = alert.identity.serial_key;
  row.known.source_key = alert.identity.source_key;
  row.verdict.row = 7;
  row.verdict.event_id = alert.event_id;
  row.only_precertificates = alert.identity.is_precertificate;
  row.may_be_ours_by_serial = alert.identity.may_be_ours_by_serial;
  return row;
}

BatchPlan plan(const std::vector<NewAlert>& alerts, const std::vector<RowOnRecord>& rows = {}) {
  return plan_batch(alerts, rows, place);
}

TEST_CASE("what nobody knows is a row of its own") {
  const BatchPlan made = plan({certificate("a", "ca"), with_serial(certificate("b", "cb"), "b")});
  REQUIRE(made.new_rows.size() == 2);
  CHECK(made.amendments.empty());
  CHECK(made.outcomes[1].kind == Outcome::Kind::new_row);
  CHECK(made.outcomes[1].index == 1);
  CHECK(made.new_rows[1].alert == 1);
}

TEST_CASE("a repeat that adds nothing writes nothing") {
  const NewAlert alert = precertificate("a", "pa");
  NewAlert repeat = alert;
  repeat.event_id = "another";
  const BatchPlan made = plan({repeat}, {on_record(alert)});
  CHECK(made.new_rows.empty());
  CHECK(made.amendments.empty());
  CHECK(made.outcomes[0].kind == Outcome::Kind::repeat);
  CHECK(made.outcomes[0].row == 7);
}

TEST_CASE("repeats of one row in one batch make one amendment of what is new in them") {
  const BatchPlan made =
      plan({certificate("a", "ca"), precertificate("a", "p2"), certificate("a", "ca")},
           {on_record(without_der(precertificate("a", "pa")))});
  REQUIRE(made.amendments.size() == 1);
  const Amendment& added = made.amendments[0];
  CHECK(added.row == 7);
  CHECK(added.fingerprints == std::vector<std::string>{"ca", "p2"});
  CHECK(added.tbs_sha256 == "tbs of a");
  CHECK_FALSE(added.only_precertificates);
  CHECK(added.has_certificate);
  CHECK(added.serial_key.empty());
  CHECK(added.may_become_ours);
}

TEST_CASE("a suspicious row is amended, and not judged again") {
  RowOnRecord row = on_record(precertificate("a", "pa"));
  row.verdict.severity = Severity::suspicious;
  const BatchPlan made = plan({certificate("a", "ca")}, {row});
  REQUIRE(made.amendments.size() == 1);
  CHECK_FALSE(made.amendments[0].may_become_ours);
}

TEST_CASE("a provisional row that gains a precertificate's fingerprint is looked up again") {
  RowOnRecord row = on_record(precertificate("a", "pa"));
  row.verdict.severity = Severity::info;
  row.known.is_provisional = true;
  const BatchPlan made = plan({precertificate("a", "p2")}, {row});
  REQUIRE(made.amendments.size() == 1);
  CHECK(made.amendments[0].may_become_ours);
}

TEST_CASE("the certificate to a provisional row is a row that waits to confirm it") {
  RowOnRecord row = on_record(precertificate("a", "pa"));
  row.verdict.severity = Severity::info;
  row.known.is_provisional = true;
  const BatchPlan made = plan({certificate("a", "ca"), certificate("a", "ca")}, {row});
  REQUIRE(made.new_rows.size() == 1);
  CHECK(made.new_rows[0].known.confirms == 7);
  CHECK_FALSE(made.new_rows[0].identity.may_be_ours_by_serial);
  CHECK(made.outcomes[1].kind == Outcome::Kind::repeat_of_new);
  CHECK(made.outcomes[1].index == 0);
}

TEST_CASE("a conflict is never ours by serial, whatever repeats it") {
  const NewAlert first = precertificate("b", "pb");
  const BatchPlan made =
      plan({first, precertificate("b", "p2")}, {on_record(precertificate("a", "pa"))});
  REQUIRE(made.new_rows.size() == 1);
  CHECK(made.new_rows[0].is_conflict);
  CHECK_FALSE(made.new_rows[0].identity.may_be_ours_by_serial);
  CHECK(made.new_rows[0].known.fingerprints == std::vector<std::string>{"pb", "p2"});
  RowOnRecord conflict = on_record(first);
  conflict.is_conflict = true;
  conflict.may_be_ours_by_serial = false;
  CHECK(plan({first}, {conflict}).amendments.empty());
}

TEST_CASE("once a certificate is among its sightings a row is not ours by serial any more") {
  const BatchPlan made =
      plan({precertificate("a", "pa"), certificate("a", "ca"), precertificate("a", "pa")});
  REQUIRE(made.new_rows.size() == 1);
  CHECK_FALSE(made.new_rows[0].identity.may_be_ours_by_serial);
  CHECK(made.new_rows[0].known.has_certificate);
}

TEST_CASE("a certificate with no identity but the serial key takes nothing away from a row") {
  NewAlert unnamed = without_der(certificate("a", ""));
  const BatchPlan alone = plan({unnamed});
  CHECK_FALSE(alone.new_rows.at(0).identity.may_be_ours_by_serial);
  for (const auto& batch : {std::vector{unnamed, precertificate("a", "pa")},
                            std::vector{precertificate("a", "pa"), unnamed}}) {
    const BatchPlan made = plan(batch);
    REQUIRE(made.new_rows.size() == 1);
    CHECK(made.new_rows[0].identity.may_be_ours_by_serial);
    CHECK_FALSE(made.new_rows[0].identity.is_precertificate);
    CHECK_FALSE(made.new_rows[0].known.has_certificate);
  }
  const BatchPlan made = plan({unnamed, certificate("a", "ca"), precertificate("a", "pa")});
  CHECK_FALSE(made.new_rows.at(0).identity.may_be_ours_by_serial);
}

TEST_CASE("a good look at a precertificate makes up for a bad one") {
  NewAlert unreadable = precertificate("a", "pa");
  unreadable.identity.tbs_sha256.clear();
  unreadable.identity.may_be_ours_by_serial = false;
  const BatchPlan made = plan({unreadable, precertificate("a", "pa")});
  REQUIRE(made.new_rows.size() == 1);
  CHECK(made.new_rows[0].identity.may_be_ours_by_serial);
}

TEST_CASE("what has been recorded before is told as it is, even if its identity has moved on") {
  const NewAlert alert = certificate("a", "ca");
  RowOnRecord row = on_record(alert);
  row.known.fingerprints = {"another"};
  row.known.tbs_sha256 = "another";
  row.known.serial_key = "another";
  const BatchPlan made = plan({alert}, {row});
  CHECK(made.outcomes[0].kind == Outcome::Kind::on_record);
  CHECK(made.outcomes[0].index == 0);
  CHECK(made.new_rows.empty());
}

TEST_CASE("a row remembers no more than 16 fingerprints, in a batch either") {
  std::vector<NewAlert> alerts;
  for (int i = 0; i < 20; ++i) alerts.push_back(precertificate("a", "p" + std::to_string(i)));
  const BatchPlan made = plan(alerts);
  REQUIRE(made.new_rows.size() == 1);
  CHECK(made.new_rows[0].known.fingerprints.size() == fingerprints_per_row);
  RowOnRecord full = on_record(alerts[0]);
  full.known.fingerprints = made.new_rows[0].known.fingerprints;
  CHECK(plan({alerts.back()}, {full}).amendments.empty());
}

TEST_CASE("identities that no index takes are not known") {
  NewAlert alert = certificate("a", std::string(longest_identity + 1, 'f'));
  alert.identity.serial_key = std::string(5000, 's');
  const BatchIdentities identities = identities_of(std::vector{alert});
  CHECK(identities.fingerprints.empty());
  CHECK(identities.serial_keys.empty());
  CHECK(identities.tbs_sha256 == std::vector<std::string>{"tbs of a"});
  CHECK(plan({alert}).new_rows[0].known.fingerprints.empty());
}

TEST_CASE("identities of a batch are sorted and without repeats") {
  const std::vector alerts{certificate("b", "cb"), certificate("a", "ca"), certificate("a", "ca")};
  CHECK(identities_of(alerts).fingerprints == std::vector<std::string>{"ca", "cb"});
  CHECK(identities_of(alerts).serial_keys.size() == 1);
}

TEST_CASE("verdicts on rows that are not of the batch stand at its last alert") {
  const std::vector<NewAlert> alerts{certificate("a", "ca"),
                                     with_serial(certificate("b", "cb"), "b")};
  BatchJudgement judgement;
  judgement.verdicts[8].severity = Severity::info;
  judgement.verdicts[3].row = 3;
  judgement.verdicts[3].severity = Severity::suspicious;
  const std::vector<std::int64_t> numbers{8, 9};
  const auto recorded = recorded_batch(alerts, {}, plan(alerts), numbers, std::move(judgement));
  REQUIRE(recorded.size() == 2);
  CHECK(recorded[0].verdict.severity == Severity::info);
  CHECK(recorded[0].overturned.empty());
  REQUIRE(recorded[1].overturned.size() == 1);
  CHECK(recorded[1].overturned[0].row == 3);
  CHECK(recorded_batch({}, {}, plan({}), {}, {}).empty());
}

TEST_CASE("an amendment says whether its row is in conflict") {
  RowOnRecord row = on_record(precertificate("a", "pa"));
  CHECK_FALSE(plan({certificate("a", "ca")}, {row}).amendments.at(0).is_conflict);
  row.is_conflict = true;
  CHECK(plan({certificate("a", "ca")}, {row}).amendments.at(0).is_conflict);
}

}  // namespace
}  // namespace certwatch
