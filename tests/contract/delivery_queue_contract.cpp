// What record/delivery_queue.h promises.
#include "contract/arrivals.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

Delivery claim_one(Desk& desk) {
  const auto claimed = desk.claim();
  REQUIRE(claimed.size() == 1);
  return claimed.front();
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
  CHECK(first.attempt == 1);
  CHECK(desk.claim().empty());
  desk.pass_time(16);
  CHECK(claim_one(desk).attempt == 2);
}

TEST_CASE("what is delivered is never claimed again") {
  const auto store = make_store();
  Desk desk(*store);
  desk.know("f1");
  const Recorded recorded = desk.record(certificate("a", "f1"));
  desk.settle(claim_one(desk), Settlement::Kind::delivered);
  CHECK(desk.row(recorded.row).delivered);
  desk.pass_time(1e6);
  CHECK(desk.claim().empty());
}

}  // namespace
}  // namespace certwatch::contract
