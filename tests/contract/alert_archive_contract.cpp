// What record/alert_archive.h promises.
#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Kind = Settlement::Kind;

NewAlert numbered(const std::string& name) {
  return with_serial(certificate(name, "f" + name), name);
}

void deliver_all(Desk& desk) {
  for (const Delivery& delivery : desk.claim()) desk.settle(delivery, Kind::delivered);
}

TEST_CASE("clean-up deletes what is older than the retention, and nothing that is unfinished") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.know("fdelivered");
  desk.record(numbered("delivered"));
  deliver_all(desk);
  desk.know("fdue");
  const Recorded due = desk.record(numbered("due"));
  const Recorded pending = desk.record(numbered("pending"));
  desk.pass_time(100);
  const Recorded young = desk.record(numbered("young"));
  CHECK(must(archive->prune(Seconds{101}, 100)) == 0);
  CHECK(must(archive->prune(Seconds{60}, 100)) == 1);
  std::vector<std::int64_t> left;
  for (const StoredAlert& row : desk.rows()) left.push_back(row.row);
  CHECK(left == std::vector{due.row, pending.row, young.row});
}

TEST_CASE("clean-up takes rows of the Python service by when they were seen") {
  const auto store = make_store();
  const auto archive = store->alert_archive();
  store->add_python_row(store->now() - 100, "suspicious");
  const std::int64_t young = store->add_python_row(store->now() - 10, "info");
  CHECK(must(archive->prune(Seconds{60}, 100)) == 1);
  REQUIRE(store->rows().size() == 1);
  CHECK(store->rows()[0].row == young);
}

TEST_CASE("an alert whose message says nothing of when it was seen lives as long as any") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.options.deliver = false;
  desk.options.grace = Seconds{0};
  NewAlert alert = numbered("a");
  alert.seen_at = 0;
  desk.record(alert);
  CHECK(must(archive->prune(Seconds{60}, 100)) == 0);
  desk.pass_time(61);
  CHECK(must(archive->prune(Seconds{60}, 100)) == 1);
}

TEST_CASE("clean-up deletes no more at once than it may") {
  const auto store = make_store();
  const auto archive = store->alert_archive();
  for (int i = 0; i < 5; ++i) store->add_python_row(1000, "info");
  CHECK(must(archive->prune(Seconds{60}, 2)) == 2);
  CHECK(must(archive->prune(Seconds{60}, 2)) == 2);
  CHECK(must(archive->prune(Seconds{60}, 2)) == 1);
  CHECK(must(archive->prune(Seconds{60}, 2)) == 0);
}

TEST_CASE("what was cleaned up is new when it comes again") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("fa");
  desk.record(numbered("a"));
  deliver_all(desk);
  desk.pass_time(100);
  REQUIRE(must(store->alert_archive()->prune(Seconds{60}, 100)) == 1);
  CHECK(desk.record(numbered("a")).as == Recorded::As::alert);
}

TEST_CASE("a list of alerts, in order of their rows") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  const std::int64_t python = store->add_python_row(1234, "suspicious");
  desk.know("fa");
  const NewAlert alert = numbered("a");
  const Recorded ours = desk.record(alert);
  deliver_all(desk);
  const Recorded pending = desk.record(numbered("b"));
  const auto rows = must(archive->list({}));
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].row == python);
  CHECK(rows[0].event_id.empty());
  CHECK(rows[0].seen_at == 1234);
  CHECK(rows[0].recorded_at == 1234);
  CHECK(rows[1].row == ours.row);
  CHECK(rows[1].event_id == alert.event_id);
  CHECK(rows[1].fingerprint == "fa");
  CHECK(rows[1].matched.find("example.org") != std::string::npos);
  CHECK(rows[1].issuer == "Test CA");
  CHECK(rows[1].severity == "info");
  CHECK(rows[1].known_by == "fingerprint");
  CHECK(rows[1].reason.empty());
  CHECK(rows[1].seen_at == 1700000000);
  CHECK(rows[1].recorded_at >= store->now() - 60);
  CHECK(rows[1].delivered);
  CHECK_FALSE(rows[1].resolved);
  CHECK(rows[2].row == pending.row);
  CHECK(rows[2].severity == "pending");
}

TEST_CASE("a list is filtered by severity, by time, by row and by number") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.know("fa");
  const Recorded ours = desk.record(numbered("a"));
  const Recorded foreign = desk.record(numbered("b"));
  desk.pass_time(100);
  desk.judge();
  const Recorded young = desk.record(numbered("c"));
  const auto listed = [&archive](const AlertFilter& filter) {
    std::vector<std::int64_t> rows;
    for (const AlertRow& row : must(archive->list(filter))) rows.push_back(row.row);
    return rows;
  };
  AlertFilter filter;
  filter.severity = Severity::suspicious;
  CHECK(listed(filter) == std::vector{foreign.row});
  filter = {};
  filter.since = store->now() - 50;
  CHECK(listed(filter) == std::vector{young.row});
  filter = {};
  filter.after_row = ours.row;
  CHECK(listed(filter) == std::vector{foreign.row, young.row});
  filter.most = 1;
  CHECK(listed(filter) == std::vector{foreign.row});
}

TEST_CASE("what was resolved is listed so") {
  const auto store = make_store();
  Desk desk(*store);
  desk.record(numbered("a"));
  desk.pass_time(11);
  desk.judge();
  desk.know("fa");
  desk.resolve();
  const auto rows = must(store->alert_archive()->list({}));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].resolved);
  CHECK(rows[0].severity == "suspicious");
  CHECK(rows[0].reason == "unknown");
}

TEST_CASE("a delivered alert that is asked for again goes out again under the same id") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.know("fa");
  const Recorded recorded = desk.record(numbered("a"));
  deliver_all(desk);
  desk.pass_time(10000);
  CHECK(must(archive->requeue(recorded.row)));
  CHECK_FALSE(desk.row(recorded.row).delivered);
  // However old its verdict is.
  CHECK(must(desk.queue->give_up_older_than(Seconds{60})).empty());
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].event_id == recorded.verdict.event_id);
  CHECK(claimed[0].attempt == 1);
}

TEST_CASE("an abandoned alert can be asked for again") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.know("fa");
  const Recorded recorded = desk.record(numbered("a"));
  desk.settle(desk.claim().at(0), Kind::given_up, Seconds{0}, "x");
  CHECK(must(archive->requeue(recorded.row)));
  CHECK_FALSE(desk.row(recorded.row).is_abandoned);
  CHECK(desk.claim().size() == 1);
}

TEST_CASE("an alert that was never sent, in observer mode, can be asked for") {
  const auto store = make_store();
  Desk desk(*store);
  desk.options.deliver = false;
  desk.know("fa");
  const Recorded recorded = desk.record(numbered("a"));
  CHECK(desk.claim().empty());
  CHECK(must(store->alert_archive()->requeue(recorded.row)));
  CHECK(desk.claim().size() == 1);
}

TEST_CASE("a resolved alert that is asked for again is followed by its resolution") {
  const auto store = make_store();
  Desk desk(*store);
  const Recorded recorded = desk.record(numbered("a"));
  desk.pass_time(11);
  desk.judge();
  deliver_all(desk);
  desk.know("fa");
  desk.resolve();
  const std::string resolution = desk.claim().at(0).event_id;
  desk.pass_time(16);
  deliver_all(desk);
  REQUIRE(desk.row(recorded.row).is_resolution_delivered);
  CHECK(must(store->alert_archive()->requeue(recorded.row)));
  const Delivery alert = desk.claim().at(0);
  CHECK_FALSE(alert.resolves);
  CHECK(alert.severity == Severity::suspicious);
  desk.settle(alert, Kind::delivered);
  CHECK(desk.claim().at(0).event_id == resolution);
}

TEST_CASE("asking again for what is under way changes nothing") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  desk.know("fa");
  const Recorded recorded = desk.record(numbered("a"));
  const Delivery under_way = desk.claim().at(0);
  CHECK(must(archive->requeue(recorded.row)));
  CHECK(desk.claim().empty());
  desk.settle(under_way, Kind::retry_after, Seconds{1000}, "x");
  CHECK(must(archive->requeue(recorded.row)));
  CHECK(desk.claim().at(0).attempt == 2);
}

TEST_CASE("what cannot be asked for") {
  const auto store = make_store();
  Desk desk(*store);
  const auto archive = store->alert_archive();
  const Recorded pending = desk.record(numbered("a"));
  CHECK_FALSE(must(archive->requeue(pending.row)));
  CHECK_FALSE(must(archive->requeue(store->add_python_row(1, "suspicious"))));
  CHECK_FALSE(must(archive->requeue(987654)));
  CHECK(desk.claim().empty());
}

}  // namespace
}  // namespace certwatch::contract
