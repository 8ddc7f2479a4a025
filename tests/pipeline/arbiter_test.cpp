#include "pipeline/arbiter.h"

#include <deque>

#include "classify/place.h"
#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

std::string fingerprint(std::int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(40 - digits.size(), 'a') + digits;
}

// Passes calls on to the fake, and lets a test act when they come. The arbiter runs on the test's
// own thread and is stopped from here.
class ObservedStore final : public LedgerStore {
 public:
  explicit ObservedStore(FakeDatabase& database) : fake_(database) {}

  // Before the call of this number, from 1.
  std::function<void(int call)> on_pick_overdue = [](int) {};
  std::function<void(int call)> on_pick_unresolved = [](int) {};
  std::function<void(int call)> on_change = [](int) {};
  // A change that asks for it is cut short.
  std::string too_slow;
  int judgements = 0;
  int looks = 0;
  std::vector<std::size_t> changes;  // rows that each was about

  StoreResult<void> check_schema() override { return fake_.check_schema(); }
  StoreResult<ledger::Snapshot> look(const Identities& wanted) override {
    return fake_.look(wanted);
  }
  StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) override {
    changes.push_back(wanted.event_ids.size());
    on_change(static_cast<int>(changes.size()));
    if (std::count(wanted.fingerprints.begin(), wanted.fingerprints.end(), too_slow) > 0) {
      return store_failure(StoreError::Kind::too_slow, "cut short");
    }
    return fake_.change(wanted, decide);
  }
  StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) override {
    on_pick_overdue(++judgements);
    return fake_.pick_overdue(most);
  }
  StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                        std::size_t most) override {
    on_pick_unresolved(++looks);
    return fake_.pick_unresolved(window, after, most);
  }

 private:
  FakeLedgerStore fake_;
};

class Court {
 public:
  FakeDatabase database;
  ObservedStore store{database};
  FakeClock clock;
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  LifeSign life{"arbiter", clock};
  std::stop_source stop;
  int told = 0;  // how often deliveries may have become due
  std::function<void()> on_told = [] {};
  Arbiter::Options options;

  Court() { stop_after(3); }

  // Until something stops it.
  void run() { arbiter().run(stop.get_token()); }
  Arbiter& arbiter() {
    if (!arbiter_) {
      arbiter_ = std::make_unique<Arbiter>(
          options, Arbiter::Parts{store, metrics, health, clock, life, [this] {
                                    ++told;
                                    on_told();
                                  }});
    }
    return *arbiter_;
  }

  // Time goes on with each look for what is overdue, and ends with this one.
  void stop_after(int judgements) {
    store.on_pick_overdue = [this, judgements](int call) {
      if (call >= judgements) stop.request_stop();
      pass(Seconds{0.5});
    };
  }
  void pass(Seconds time) {
    clock.advance(time);
    database.now += time;
  }

  // A row on record whose grace window ends in so long.
  std::int64_t add(Seconds decide_in, Severity severity = Severity::pending) {
    const std::int64_t number = database.next_row();
    Identity identity;
    identity.fingerprints = {fingerprint(number)};
    identity.serial_key = SerialKey{std::to_string(number), 1000, 2000};
    identity.names = {"www.example.org"};
    FakeRow row;
    row.issuance = row_of(identity);
    row.issuance.id = number;
    row.issuance.event_id = "event " + std::to_string(number);
    row.issuance.decide_at = database.time() + to_nanoseconds(decide_in);
    row.issuance.severity = severity;
    row.issuance.matched = row.content.matched = R"(["example.org"])";
    if (severity != Severity::pending) row.decided_at = database.now;
    database.rows.emplace(number, row);
    return number;
  }
  void own(std::int64_t number) {
    InventoryCertificate ours;
    ours.fingerprint_sha1 = fingerprint(number);
    database.inventory.push_back(ours);
  }
  void fail(const char* operation, int times) {
    FakeFailure failure;
    failure.operation = operation;
    failure.times = times;
    database.fail(failure);
  }

  const IssuanceRow& row(std::int64_t number) const { return database.rows.at(number).issuance; }

 private:
  std::unique_ptr<Arbiter> arbiter_;
};

TEST_CASE("the verdict falls when the grace is over, is counted once and told") {
  Court court;
  court.add(Seconds{10});
  court.store.on_pick_overdue = [&](int call) {
    CHECK(court.told == (call < 4 ? 0 : 1));
    court.pass(Seconds{call == 3 ? 10 : 0.5});
    if (call == 6) court.stop.request_stop();
  };
  court.run();
  CHECK(court.row(1).severity == Severity::suspicious);
  CHECK(court.told == 1);
  CHECK(court.metrics.alerts_suspicious.Value() == 1);
  CHECK(court.metrics.alerts_info.Value() == 0);
}

TEST_CASE("what is in the inventory when the grace is over is ours") {
  Court court;
  court.add(Seconds{0});
  court.own(1);
  court.run();
  CHECK(court.row(1).severity == Severity::info);
  CHECK(court.metrics.alerts_info.Value() == 1);
  CHECK(court.metrics.alerts_suspicious.Value() == 0);
}

TEST_CASE("a verdict is told at the destinations in force") {
  Court court;
  court.database.announcements["webhook"] = {Importance::info, court.database.now};
  court.add(Seconds{0});
  court.run();
  REQUIRE(court.database.deliveries.size() == 1);
  CHECK(court.database.deliveries.at(1).event_id == "event 1");
}

TEST_CASE("it looks as soon as a grace window ends that it was told of") {
  Court court;
  court.add(Seconds{0.2});
  court.store.on_pick_overdue = [&](int call) {
    if (call == 1) {
      return court.arbiter().expect(court.clock.steady_now() + std::chrono::milliseconds(200));
    }
    // Long before it would look by itself.
    court.database.now += Seconds{0.2};
    court.stop.request_stop();
  };
  const SteadyTime begin = court.clock.steady_now();
  // The wait is for the time that the clock shows: it has to have gone on by then.
  court.store.on_pick_unresolved = [&](int) { court.clock.advance(Seconds{0.2}); };
  court.run();
  CHECK(court.store.judgements == 2);
  CHECK(court.clock.steady_now() - begin == std::chrono::milliseconds(200));
  CHECK(court.row(1).severity == Severity::suspicious);
}

TEST_CASE("a window that ends later than the next look changes nothing") {
  Court court;
  court.arbiter().expect(court.clock.steady_now() + std::chrono::hours(1));
  court.run();
  CHECK(court.store.judgements == 3);
}

TEST_CASE("more rows than one transaction takes are judged without a pause") {
  log::configure(log::Level::error, log::Format::text);
  Court court;
  for (int i = 0; i < 500; ++i) court.add(Seconds{0});
  court.store.on_pick_overdue = [&](int call) {
    if (call == 3) court.stop.request_stop();
  };
  court.run();
  CHECK(court.store.changes == std::vector<std::size_t>{200, 200, 100});
  CHECK(court.metrics.alerts_suspicious.Value() == 500);
}

TEST_CASE("a row that holds up the others is judged by itself, and tried again") {
  Court court;
  for (int i = 0; i < 5; ++i) court.add(Seconds{0});
  court.store.too_slow = fingerprint(2);
  court.stop_after(4);
  court.store.on_change = [&](int call) {
    if (call == 8) court.store.too_slow.clear();
  };
  court.store.on_pick_unresolved = [&](int) { court.pass(Seconds{5}); };
  court.run();
  // Together, each alone; then the one that is left, until it gets through.
  CHECK(court.store.changes == std::vector<std::size_t>{5, 1, 1, 1, 1, 1, 1, 1});
  CHECK(court.metrics.alerts_suspicious.Value() == 5);
  CHECK(court.health.state().up);
}

TEST_CASE("while a verdict cannot be put on record the database is not well") {
  Court court;
  court.add(Seconds{0});
  court.store.too_slow = fingerprint(1);
  court.stop_after(1);
  court.run();
  court.health.answered();
  CHECK_FALSE(court.health.state().up);
  CHECK(court.row(1).severity == Severity::pending);
}

TEST_CASE("an outage leaves the rest of the rows for later") {
  Court court;
  for (int i = 0; i < 5; ++i) court.add(Seconds{0});
  court.store.too_slow = fingerprint(2);
  court.store.on_pick_overdue = [&](int call) {
    if (call == 2) court.stop.request_stop();
    court.pass(Seconds{0.5});
  };
  court.store.on_pick_unresolved = [&](int) { court.pass(Seconds{5}); };
  court.store.on_change = [&](int call) {
    if (call == 2) court.fail("change", 1);
  };
  court.run();
  CHECK(court.store.changes == std::vector<std::size_t>{5, 1, 5});
}

TEST_CASE("while the inventory does not answer no verdict falls") {
  Court court;
  court.add(Seconds{0});
  court.database.inventory_is_silent = true;
  court.store.on_pick_unresolved = [&](int) { court.pass(Seconds{5}); };
  court.store.on_pick_overdue = [&](int call) {
    court.pass(Seconds{5});
    if (call == 3) {
      CHECK(court.row(1).severity == Severity::pending);
      CHECK_FALSE(court.health.state().up);
      court.database.inventory_is_silent = false;
      court.own(1);
      court.stop.request_stop();
    }
  };
  court.run();
  CHECK(court.row(1).severity == Severity::info);
  CHECK(court.metrics.alerts_suspicious.Value() == 0);
  CHECK(court.health.state().up);
}

TEST_CASE("an outage that is over does not slow down the verdicts of the next") {
  Court court;
  court.fail("pick_overdue", 8);
  court.store.on_pick_overdue = [&](int call) {
    if (call == 10) court.fail("pick_overdue", 1);
    if (call == 11) court.stop.request_stop();
    court.pass(Seconds{2});  // so that the look for late inventory comes next
  };
  court.store.on_pick_unresolved = [&](int) {
    // The first wait of a new outage, and no more.
    court.pass(Seconds{court.store.judgements < 10 ? 5 : 0.1});
  };
  court.run();
  CHECK(court.store.judgements == 11);
}

TEST_CASE("late inventory resolves, is told, and is no second verdict") {
  log::configure(log::Level::info, log::Format::text);
  Court court;
  court.database.announcements["webhook"] = {Importance::info, court.database.now};
  court.add(Seconds{0});
  court.add(Seconds{0});
  court.on_told = [&] {
    if (court.told == 1) court.own(2);
    if (court.told == 2) court.stop.request_stop();
  };
  court.store.on_pick_overdue = [&](int) { court.pass(Seconds{2}); };
  CapturedStderr captured;
  court.run();
  CHECK_THAT(captured.text(), Catch::Matchers::ContainsSubstring("suspicious alert resolved"));
  CHECK_FALSE(court.row(1).is_resolved);
  CHECK(court.row(2).is_resolved);
  CHECK(court.row(2).severity == Severity::suspicious);
  CHECK(court.metrics.alerts_suspicious.Value() == 2);
  CHECK(court.metrics.alerts_info.Value() == 0);
  CHECK(court.metrics.resolved.Value() == 1);
  REQUIRE(court.database.deliveries.size() == 3);
  CHECK(court.database.deliveries.at(3).kind == DeliveryKind::resolution);
  // The second look found it without locks, and locked it alone.
  CHECK(court.store.changes == std::vector<std::size_t>{2, 1});
}

TEST_CASE("a look for late inventory that finds nothing locks nothing") {
  Court court;
  court.add(Seconds{0}, Severity::suspicious);
  court.run();
  CHECK(court.store.looks > 0);
  CHECK(court.store.changes.empty());
}

TEST_CASE("late inventory is looked for in all rows, page by page") {
  Court court;
  for (int i = 0; i < 450; ++i) court.add(Seconds{0}, Severity::suspicious);
  court.own(1);
  court.own(201);
  court.own(450);
  court.stop_after(2);
  court.run();
  CHECK(court.store.looks == 3);
  CHECK(court.metrics.resolved.Value() == 3);
}

TEST_CASE("a look that takes long goes on where it stopped, after the verdicts had their turn") {
  Court court;
  for (int i = 0; i < 450; ++i) court.add(Seconds{0}, Severity::suspicious);
  court.own(450);
  int judged_before = 0;
  court.store.on_pick_unresolved = [&](int call) {
    court.pass(Seconds{2});
    CHECK(court.store.judgements > judged_before);
    judged_before = court.store.judgements;
    if (call == 3) court.stop.request_stop();
  };
  court.store.on_pick_overdue = [](int) {};
  court.run();
  CHECK(court.row(450).is_resolved);
}

TEST_CASE("a row that holds up the other resolutions is resolved by itself") {
  Court court;
  for (int i = 0; i < 3; ++i) {
    court.own(court.add(Seconds{0}, Severity::suspicious));
  }
  court.store.too_slow = fingerprint(2);
  court.stop_after(2);
  court.run();
  CHECK(court.row(1).is_resolved);
  CHECK_FALSE(court.row(2).is_resolved);
  CHECK(court.row(3).is_resolved);
  CHECK(court.metrics.store_errors.Value() == 1);
}

TEST_CASE("what was judged before the window is not looked at, and nothing without a window") {
  Court court;
  court.options.resolve_window = GENERATE(Seconds{0}, Seconds{60});
  court.own(court.add(Seconds{0}, Severity::suspicious));
  court.database.rows.at(1).decided_at = court.database.now - Seconds{61};
  court.run();
  CHECK((court.store.looks == 0) == (court.options.resolve_window == Seconds{0}));
  CHECK_FALSE(court.row(1).is_resolved);
}

}  // namespace
}  // namespace certwatch
