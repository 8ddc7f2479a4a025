#include "ledger/delivery.h"

#include "support/catch.h"

using namespace certwatch;
using ledger::DeliveryStanding;
using Kind = Settlement::Kind;

namespace {

SystemTime at(int seconds) {
  return SystemTime(std::chrono::seconds(seconds));
}

// The first attempt began at 100 and its lease runs out at 115.
DeliveryStanding under_way() {
  DeliveryStanding standing;
  standing.attempts = 1;
  standing.due_at = at(115);
  standing.lease_until = at(115);
  return standing;
}

}  // namespace

TEST_CASE("what the receiver took is delivered, whoever holds the lease") {
  for (const int attempt : {1, 7}) {
    const auto after = ledger::settled(under_way(), attempt, {Kind::delivered, {}, {}}, at(101));
    CHECK(after.delivered_at == at(101));
    CHECK_FALSE(after.due_at);
    CHECK_FALSE(after.lease_until);
  }
}

TEST_CASE("a failed attempt is due again, with the reason") {
  const auto after =
      ledger::settled(under_way(), 1, {Kind::retry_after, Seconds{4}, "refused"}, at(101));
  CHECK(after.due_at == at(105));
  CHECK_FALSE(after.lease_until);
  CHECK(after.last_error == "refused");
  CHECK(after.attempts == 1);
}

TEST_CASE("a failure of an attempt that is not the latest changes nothing") {
  for (const Kind kind : {Kind::retry_after, Kind::given_up}) {
    CHECK(ledger::settled(under_way(), 2, {kind, Seconds{4}, "late"}, at(101)) == under_way());
  }
}

TEST_CASE("what is delivered stays delivered") {
  const auto delivered = ledger::settled(under_way(), 1, {Kind::delivered, {}, {}}, at(101));
  CHECK(ledger::settled(delivered, 1, {Kind::given_up, {}, "late"}, at(102)) == delivered);
  CHECK(ledger::settled(delivered, 1, {Kind::delivered, {}, {}}, at(103)) == delivered);
}

TEST_CASE("what was given up and taken after all is delivered") {
  const auto given_up = ledger::settled(under_way(), 1, {Kind::given_up, {}, "refused"}, at(101));
  CHECK(given_up.abandoned_at == at(101));
  CHECK_FALSE(given_up.due_at);
  const auto after = ledger::settled(given_up, 1, {Kind::delivered, {}, {}}, at(102));
  CHECK(after.delivered_at == at(102));
  CHECK_FALSE(after.abandoned_at);
  CHECK(after.last_error.empty());
}

TEST_CASE("a requeue begins anew what was settled, and hastens what was not") {
  const auto delivered = ledger::settled(under_way(), 1, {Kind::delivered, {}, {}}, at(101));
  const auto again = ledger::requeued(delivered, at(200));
  CHECK(again.due_at == at(200));
  CHECK(again.attempts == 0);
  CHECK(again.requeued_at == at(200));
  CHECK_FALSE(again.delivered_at);

  const auto waiting =
      ledger::settled(under_way(), 1, {Kind::retry_after, Seconds{600}, "busy"}, at(101));
  const auto hastened = ledger::requeued(waiting, at(200));
  CHECK(hastened.due_at == at(200));
  CHECK(hastened.attempts == 1);

  const auto posting = ledger::requeued(under_way(), at(101));
  CHECK(posting.due_at == at(115));
}

TEST_CASE("what is too old is given up once it was tried, or nobody is there to be told") {
  struct Case {
    const char* why;
    int attempts;
    bool in_force;
    int now;
    bool is_given_up;
  };
  const Case cases[] = {
      {"tried and older than the limit", 3, true, 1200, true},
      {"tried and not older", 3, true, 1099, false},
      {"never tried", 0, true, 1200, false},
      {"never tried, and nobody announces the destination", 0, false, 1200, true},
  };
  for (const Case& one : cases) {
    INFO(one.why);
    DeliveryStanding standing;
    standing.attempts = one.attempts;
    standing.due_at = at(150);
    CHECK(ledger::is_too_old(standing, at(100), Seconds{1000}, one.in_force, at(one.now)) ==
          one.is_given_up);
  }
}

TEST_CASE("an attempt under way, a settled delivery and a fresh requeue are not too old") {
  DeliveryStanding standing = under_way();
  CHECK_FALSE(ledger::is_too_old(standing, at(0), Seconds{10}, true, at(110)));
  CHECK(ledger::is_too_old(standing, at(0), Seconds{10}, true, at(116)));
  standing.requeued_at = at(110);
  CHECK_FALSE(ledger::is_too_old(standing, at(0), Seconds{10}, true, at(116)));
  const auto delivered = ledger::settled(standing, 1, {Kind::delivered, {}, {}}, at(116));
  CHECK_FALSE(ledger::is_too_old(delivered, at(0), Seconds{10}, true, at(1000)));
}
