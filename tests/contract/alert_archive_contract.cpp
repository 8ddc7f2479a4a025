// What record/alert_archive.h promises.
#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Kind = Settlement::Kind;

const std::vector<Destination> nobody;
const std::vector<Destination> two{{"webhook", Importance::info}, {"slack", Importance::info}};

bool requeue(Scene& scene, std::int64_t row, const std::optional<std::string>& destination = {}) {
  return must(scene.desk.archive->requeue(row, destination));
}

TEST_CASE("clean-up deletes what is older than the retention, and nothing that is unfinished") {
  Scene scene;
  scene.put_info("delivered");
  scene.deliver_all();
  const IssuanceRow due = scene.put_info("due");
  const IssuanceRow pending = scene.put(issuance("pending"));
  scene.desk.pass_time(100);
  const IssuanceRow young = scene.put_info("young");
  CHECK(must(scene.desk.archive->prune(Seconds{101}, 100)) == 0);
  CHECK(must(scene.desk.archive->prune(Seconds{60}, 100)) == 1);
  std::vector<std::int64_t> left;
  for (const StoredAlert& row : scene.store->alerts()) left.push_back(row.row);
  CHECK(left == std::vector{due.id, pending.id, young.id});
  // With its deliveries.
  for (const StoredDelivery& one : scene.store->deliveries()) CHECK(one.alert >= due.id);
  CHECK(scene.desk.look(by_fingerprint("cdelivered")).rows.empty());
}

TEST_CASE("what is due at one destination is kept, whatever the others took") {
  Scene scene(two);
  scene.put_info("a");
  scene.deliver_all("webhook");
  scene.desk.pass_time(100);
  CHECK(must(scene.desk.archive->prune(Seconds{60}, 100)) == 0);
  scene.desk.settle(scene.desk.claim("slack").at(0), Kind::given_up, Seconds{0}, "x");
  CHECK(must(scene.desk.archive->prune(Seconds{60}, 100)) == 1);
  CHECK(scene.store->deliveries().empty());
}

TEST_CASE("clean-up takes rows of the Python service by when they were seen") {
  const auto store = make_store();
  const auto archive = store->alert_archive();
  store->add_python_row(store->now() - 100, "suspicious");
  const std::int64_t young = store->add_python_row(store->now() - 10, "info");
  CHECK(must(archive->prune(Seconds{60}, 100)) == 1);
  REQUIRE(store->alerts().size() == 1);
  CHECK(store->alerts()[0].row == young);
}

TEST_CASE("an alert whose message says nothing of when it was seen lives as long as any") {
  Scene scene(nobody);
  AlertContent told = content("a");
  told.seen_at = 0;
  scene.desk.put(as_info(issuance("a")), told);
  CHECK(must(scene.desk.archive->prune(Seconds{60}, 100)) == 0);
  scene.desk.pass_time(61);
  CHECK(must(scene.desk.archive->prune(Seconds{60}, 100)) == 1);
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

TEST_CASE("a list of alerts, in order of their rows") {
  Scene scene;
  const std::int64_t python = scene.store->add_python_row(1234, "suspicious");
  IssuanceRow info = as_info(issuance("a"));
  info.id = scene.desk.put(info, content("a"));
  scene.deliver_all();
  const IssuanceRow foreign = scene.put_suspicious("b");
  const IssuanceRow pending = scene.put(issuance("c"));
  const auto rows = must(scene.desk.archive->list({}));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].row == python);
  CHECK(rows[0].event_id.empty());
  CHECK(rows[0].fingerprint == "00ff");
  CHECK(rows[0].severity == "suspicious");
  CHECK(rows[0].seen_at == 1234);
  CHECK(rows[0].recorded_at == 1234);
  CHECK(rows[0].changed_at == 0);
  CHECK(rows[1].row == info.id);
  CHECK(rows[1].event_id == info.event_id);
  CHECK(rows[1].fingerprint == "ca");
  CHECK(rows[1].matched.find("example.org") != std::string::npos);
  CHECK(rows[1].issuer == "Test CA");
  CHECK(rows[1].severity == "info");
  CHECK(rows[1].known_by == "fingerprint");
  CHECK(rows[1].reason.empty());
  CHECK(rows[1].kind == "issuance");
  CHECK(rows[1].importance == "info");
  CHECK(rows[1].seen_at == 1700000000);
  CHECK(rows[1].recorded_at >= scene.store->now() - 60);
  CHECK(rows[1].changed_at >= static_cast<double>(scene.store->now() - 60));
  CHECK(rows[1].delivered);
  CHECK_FALSE(rows[1].resolved);
  CHECK(rows[2].row == foreign.id);
  CHECK(rows[2].reason == "unknown");
  CHECK(rows[2].importance == "critical");
  CHECK(rows[2].known_by.empty());
  CHECK_FALSE(rows[2].delivered);
  CHECK(rows[3].row == pending.id);
  CHECK(rows[3].severity == "pending");
  CHECK(rows[3].changed_at == 0);
}

TEST_CASE("a list is filtered by severity, by time, by row and by number") {
  Scene scene;
  const IssuanceRow info = scene.put_info("a");
  const IssuanceRow foreign = scene.put_suspicious("b");
  scene.desk.pass_time(100);
  const IssuanceRow young = scene.put(issuance("c"));
  const auto listed = [&](const AlertFilter& filter) {
    std::vector<std::int64_t> rows;
    for (const AlertRow& row : must(scene.desk.archive->list(filter))) rows.push_back(row.row);
    return rows;
  };
  AlertFilter filter;
  filter.severity = Severity::suspicious;
  CHECK(listed(filter) == std::vector{foreign.id});
  filter = {};
  filter.since = scene.store->now() - 50;
  CHECK(listed(filter) == std::vector{young.id});
  filter = {};
  filter.after_row = info.id;
  CHECK(listed(filter) == std::vector{foreign.id, young.id});
  filter.most = 1;
  CHECK(listed(filter) == std::vector{foreign.id});
}

TEST_CASE("what was judged or resolved since is shown in the order in which it was") {
  Scene scene;
  scene.store->add_python_row(scene.store->now(), "suspicious");
  const auto since = [&](double ago, std::size_t most = 100) {
    std::vector<std::int64_t> rows;
    const double then = unix_seconds(scene.desk.look({}).now) - ago;
    for (const AlertRow& row : must(scene.desk.archive->judged_since(then, most))) {
      rows.push_back(row.row);
    }
    return rows;
  };
  const IssuanceRow foreign = scene.put_suspicious("a");
  IssuanceRow late = scene.put(issuance("b"));
  scene.desk.pass_time(100);
  const IssuanceRow info = scene.put_info("c");
  scene.put(issuance("pending"));
  scene.desk.pass_time(100);
  CHECK(since(1000) == std::vector{foreign.id, info.id});
  CHECK(since(150) == std::vector{info.id});
  // A verdict that falls later on an older row comes last.
  must(scene.desk.ledger->change(by_event(late.event_id), [&](const Snapshot&) {
    Changes changes;
    changes.updates = {as_suspicious(late)};
    changes.decided = {late.id};
    return changes;
  }));
  CHECK(since(1000) == std::vector{foreign.id, info.id, late.id});
  scene.desk.pass_time(100);
  scene.desk.resolve(foreign.event_id);
  CHECK(since(1000) == std::vector{info.id, late.id, foreign.id});
  CHECK(since(50) == std::vector{foreign.id});
  CHECK(since(1000, 2) == std::vector{info.id, late.id});
  const AlertRow shown = must(scene.desk.archive->judged_since(0, 100)).back();
  CHECK(shown.resolved);
  CHECK(shown.severity == "suspicious");
  CHECK(shown.reason == "unknown");
  CHECK(shown.known_by == "fingerprint");
  // At or after: who asks with the time of a row is shown it again.
  CHECK(must(scene.desk.archive->judged_since(shown.changed_at, 100)).size() == 1);
}

TEST_CASE("a delivered alert that is asked for again goes out again under the same id") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.deliver_all();
  scene.desk.pass_time(10000);
  CHECK(requeue(scene, row.id));
  CHECK_FALSE(scene.desk.stored(row.id).delivered);
  // However old its verdict is.
  CHECK(must(scene.desk.deliveries->give_up_older_than(Seconds{60})).empty());
  CHECK(must(scene.desk.deliveries->counts()).due.at("webhook").oldest < Seconds{60});
  const auto claimed = scene.desk.claim();
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].event_id == row.event_id);
  CHECK(claimed[0].attempt == 1);
  scene.desk.settle(claimed[0], Kind::delivered);
  CHECK(scene.desk.stored(row.id).delivered);
}

TEST_CASE("an abandoned alert can be asked for again") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  scene.desk.settle(scene.desk.claim().at(0), Kind::given_up, Seconds{0}, "x");
  CHECK(requeue(scene, row.id));
  CHECK_FALSE(scene.desk.stored_delivery(row.event_id).is_abandoned);
  CHECK(scene.desk.claim().size() == 1);
}

TEST_CASE("asked for again without a name, an alert goes where it has gone before") {
  Scene scene(two);
  const IssuanceRow row = scene.put_info("a");
  scene.deliver_all("webhook");
  scene.deliver_all("slack");
  scene.desk.announce({{"mail", Importance::info}});
  CHECK(requeue(scene, row.id));
  CHECK(scene.desk.claim("webhook").size() == 1);
  CHECK(scene.desk.claim("slack").size() == 1);
  CHECK(scene.desk.claim("mail").empty());
}

TEST_CASE("asked for again by name, an alert goes there, also for the first time") {
  Scene scene(two);
  const IssuanceRow row = scene.put_info("a");
  scene.deliver_all("webhook");
  scene.deliver_all("slack");
  CHECK(requeue(scene, row.id, "slack"));
  CHECK(scene.desk.claim("webhook").empty());
  CHECK(scene.desk.stored(row.id).delivered);
  CHECK(scene.desk.claim("slack").size() == 1);
  CHECK(requeue(scene, row.id, "mail"));
  const auto claimed = scene.desk.claim("mail");
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].event_id == row.event_id);
  CHECK(claimed[0].attempt == 1);
}

TEST_CASE("an alert that was never told anywhere is told where that is asked for") {
  Scene scene(nobody);
  const IssuanceRow row = scene.put_info("a");
  CHECK_FALSE(requeue(scene, row.id));
  CHECK(requeue(scene, row.id, "webhook"));
  CHECK(scene.desk.claim().size() == 1);
}

TEST_CASE("a resolved alert that is asked for again is followed by its resolution") {
  Scene scene;
  const IssuanceRow row = scene.put_suspicious("a");
  scene.deliver_all();
  const std::string resolution = scene.desk.resolve(row.event_id);
  scene.deliver_all();
  REQUIRE(scene.desk.stored_delivery(resolution).is_delivered);
  CHECK(requeue(scene, row.id));
  const auto alert = scene.desk.claim();
  REQUIRE(alert.size() == 1);
  CHECK(alert[0].kind == DeliveryKind::verdict);
  CHECK(alert[0].severity == Severity::suspicious);
  scene.desk.settle(alert[0], Kind::delivered);
  const auto followed = scene.desk.claim();
  REQUIRE(followed.size() == 1);
  CHECK(followed[0].event_id == resolution);
  CHECK(followed[0].resolves == row.event_id);
}

TEST_CASE("also where it had none, because nobody there was told of the alert") {
  Scene scene(two);
  const IssuanceRow row = scene.put_suspicious("a");
  scene.desk.settle(scene.desk.claim().at(0), Kind::given_up, Seconds{0}, "x");
  const std::string resolution = scene.desk.resolve(row.event_id);
  CHECK(requeue(scene, row.id, "webhook"));
  scene.deliver_all();
  CHECK(scene.desk.claim().at(0).event_id == resolution);
  CHECK(requeue(scene, row.id, "mail"));
  scene.deliver_all("mail");
  CHECK(scene.desk.claim("mail").at(0).event_id == resolution);

  const IssuanceRow untold = scene.put_suspicious("b");
  for (const char* name : {"webhook", "slack"}) {
    for (const Delivery& one : scene.desk.claim(name)) {
      scene.desk.settle(one, Kind::given_up, Seconds{0}, "x");
    }
  }
  scene.desk.resolve(untold.event_id);
  CHECK(requeue(scene, untold.id));
  scene.deliver_all("webhook");
  scene.deliver_all("slack");
  const Delivery at_webhook = scene.desk.claim("webhook").at(0);
  CHECK(at_webhook.resolves == untold.event_id);
  // One event, wherever it is told.
  CHECK(scene.desk.claim("slack").at(0).event_id == at_webhook.event_id);
}

TEST_CASE("asking again for what is under way changes nothing") {
  Scene scene;
  const IssuanceRow row = scene.put_info("a");
  const Delivery under_way = scene.desk.claim().at(0);
  CHECK(requeue(scene, row.id));
  CHECK(scene.desk.claim().empty());
  scene.desk.settle(under_way, Kind::retry_after, Seconds{1000}, "x");
  CHECK(requeue(scene, row.id));
  CHECK(scene.desk.claim().at(0).attempt == 2);
}

TEST_CASE("what cannot be asked for") {
  Scene scene;
  const IssuanceRow pending = scene.put(issuance("a"));
  const std::int64_t python = scene.store->add_python_row(1, "suspicious");
  const std::optional<std::string> names[] = {std::nullopt, "webhook"};
  for (const auto& name : names) {
    CHECK_FALSE(requeue(scene, pending.id, name));
    CHECK_FALSE(requeue(scene, python, name));
    CHECK_FALSE(requeue(scene, 987654, name));
  }
  CHECK(scene.desk.claim().empty());
  CHECK(scene.store->deliveries().empty());
}

}  // namespace
}  // namespace certwatch::contract
