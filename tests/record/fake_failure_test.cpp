// The fakes fail as planned: with their effect or without.
#include "contract/arrivals.h"
#include "support/catch.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

using contract::certificate;
using When = FakeFailure::When;

StoreResult<std::vector<Recorded>> record(FakeAlertStore& store, const NewAlert& alert) {
  return store.record(std::vector{alert}, place, JudgeOptions());
}

TEST_CASE("a failure before the effect leaves nothing, one after it everything") {
  for (const When when : {When::before_effect, When::after_effect}) {
    FakeDatabase database;
    FakeAlertStore store(database);
    database.fail({when, {StoreError::Kind::unavailable, "gone"}, 1, 0, ""});
    const NewAlert alert = certificate("a", "ca");
    const auto failed = record(store, alert);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "gone");
    CHECK(database.rows.size() == (when == When::after_effect ? 1 : 0));
    // The call is repeated, as its caller must.
    const auto again = record(store, alert);
    REQUIRE(again);
    CHECK(again->front().as == Recorded::As::alert);
    CHECK(database.rows.size() == 1);
  }
}

TEST_CASE("failures are for so many calls, after so many, of one operation") {
  FakeDatabase database;
  FakeAlertStore store(database);
  FakeDeliveryQueue queue(database);
  database.fail({When::before_effect, {}, 2, 1, "counts"});
  CHECK(record(store, certificate("a", "ca")));
  CHECK(queue.counts());
  CHECK_FALSE(queue.counts());
  CHECK(queue.next_due_in());
  CHECK_FALSE(queue.counts());
  CHECK(queue.counts());
}

TEST_CASE("while the inventory is silent rows stay pending, and verdicts fail") {
  FakeDatabase database;
  FakeAlertStore store(database);
  FakeInventory(database).add(contract::inventory_certificate("ca"));
  database.inventory_is_silent = true;
  CHECK(record(store, certificate("a", "ca"))->front().verdict.severity == Severity::pending);
  database.now += Seconds{11};
  CHECK_FALSE(store.judge_due({}, 10));
  CHECK_FALSE(store.resolve_late(Seconds{100}, {}));
  database.inventory_is_silent = false;
  CHECK(store.judge_due({}, 10)->at(0).severity == Severity::info);
}

}  // namespace
}  // namespace certwatch
