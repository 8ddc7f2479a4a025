// The fakes fail as planned: with their effect or without.
#include "contract/desk.h"
#include "support/catch.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

using contract::by_event;
using When = FakeFailure::When;

StoreResult<RowNumbers> put(FakeLedgerStore& store, const IssuanceRow& row) {
  static const AlertContent told = contract::content("a");
  return store.change(by_event(row.event_id), [&row](const ledger::Snapshot& found) {
    ledger::Changes changes;
    if (found.rows.empty()) changes.inserts.push_back({row, &told});
    return changes;
  });
}

TEST_CASE("a failure before the effect leaves nothing, one after it everything") {
  for (const When when : {When::before_effect, When::after_effect}) {
    FakeDatabase database;
    FakeLedgerStore store(database);
    database.fail({when, {StoreError::Kind::unavailable, "gone"}, 1, 0, ""});
    const IssuanceRow row = contract::issuance("a");
    const auto failed = put(store, row);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "gone");
    CHECK(database.rows.size() == (when == When::after_effect ? 1 : 0));
    // The call is repeated, as its caller must.
    CHECK(put(store, row));
    CHECK(database.rows.size() == 1);
  }
}

TEST_CASE("failures are for so many calls, after so many, of one operation") {
  FakeDatabase database;
  FakeLedgerStore store(database);
  FakeDeliveryStore deliveries(database);
  database.fail({When::before_effect, {}, 2, 1, "counts"});
  CHECK(put(store, contract::issuance("a")));
  CHECK(deliveries.counts());
  CHECK_FALSE(deliveries.counts());
  CHECK(deliveries.next_due_in("webhook"));
  CHECK_FALSE(deliveries.counts());
  CHECK(deliveries.counts());
}

TEST_CASE("a silent inventory says nothing, and the rows are there all the same") {
  FakeDatabase database;
  FakeLedgerStore store(database);
  const IssuanceRow row = contract::issuance("a");
  REQUIRE(put(store, row));
  REQUIRE(FakeInventory(database).add(contract::inventory_certificate("ca")));
  database.inventory_is_silent = true;
  const auto silent = store.look(by_event(row.event_id));
  REQUIRE(silent);
  CHECK_FALSE(silent->inventory_answered);
  CHECK(silent->inventory.empty());
  CHECK(silent->rows.size() == 1);
  database.inventory_is_silent = false;
  CHECK(store.look(by_event(row.event_id))->inventory.size() == 1);
}

TEST_CASE("what touches a locked row is too slow, and what does not goes through") {
  FakeDatabase database;
  FakeLedgerStore store(database);
  FakeDeliveryStore deliveries(database);
  const IssuanceRow row = contract::issuance("a");
  REQUIRE(put(store, row));
  database.rows.begin()->second.issuance.decide_at = database.time();
  database.locked_rows = {1};
  const auto locked = put(store, row);
  REQUIRE_FALSE(locked);
  CHECK(locked.error().kind == StoreError::Kind::too_slow);
  CHECK(store.look(by_event(row.event_id)));
  CHECK(store.pick_overdue(10)->empty());
  CHECK(put(store, contract::issuance("b")));
  database.locked_rows.clear();
  CHECK(put(store, row));
  CHECK(store.pick_overdue(10)->size() >= 1);
}

}  // namespace
}  // namespace certwatch
