#include "pipeline/janitor.h"

#include <algorithm>
#include <deque>

#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

// Passes calls on to the fake and lets a test act: the janitor runs on the test's own thread, and
// is stopped from here.
class ObservedArchive final : public AlertArchive {
 public:
  explicit ObservedArchive(FakeDatabase& database) : fake_(database) {}

  std::function<void(int call)> on_prune = [](int) {};
  // Answers to give without asking the fake.
  std::deque<std::size_t> pruned;
  int prunes = 0;

  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override {
    on_prune(++prunes);
    if (pruned.empty()) return fake_.prune(retention, most);
    const std::size_t answer = std::min(pruned.front(), most);
    pruned.pop_front();
    return answer;
  }
  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override {
    return fake_.list(filter);
  }
  StoreResult<std::vector<AlertRow>> judged_since(double changed_at, std::size_t most) override {
    return fake_.judged_since(changed_at, most);
  }
  StoreResult<bool> requeue(std::int64_t row,
                            const std::optional<std::string>& destination) override {
    return fake_.requeue(row, destination);
  }

 private:
  FakeAlertArchive fake_;
};

class House {
 public:
  FakeDatabase database;
  ObservedArchive archive{database};
  FakeDeliveryStore deliveries{database};
  LogPositions positions;
  FakeClock clock;
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  log::Damper damper{clock};
  std::stop_source stop;
  Janitor::Options options{Seconds{0}, Seconds{1000}, Seconds{500}, {}};

  void run() {
    LifeSign life("janitor", clock);
    Janitor(options, {archive, deliveries, positions, metrics, health, damper, clock, life})
        .run(stop.get_token());
  }

  std::int64_t add(Severity severity, Seconds recorded_ago) {
    FakeRow row;
    row.issuance.id = database.next_row();
    row.issuance.event_id = "event " + std::to_string(row.issuance.id);
    row.issuance.severity = severity;
    row.recorded_at = database.now - recorded_ago;
    row.issuance.decide_at = database.time() - to_nanoseconds(recorded_ago);
    if (severity != Severity::pending) row.decided_at = row.recorded_at;
    database.rows.emplace(row.issuance.id, row);
    return row.issuance.id;
  }
  // Its verdict, on its way to a destination that is in force.
  FakeDelivery& add_delivery(std::int64_t alert, const std::string& destination, int attempts = 0) {
    database.announcements[destination] = {Importance::info, database.now};
    const FakeRow& row = database.rows.at(alert);
    FakeDelivery delivery;
    delivery.id = database.next_delivery();
    delivery.alert = alert;
    delivery.event_id = row.issuance.event_id;
    delivery.destination = destination;
    delivery.told_since = row.issuance.decide_at;
    delivery.standing.due_at = database.time();
    delivery.standing.attempts = attempts;
    return database.deliveries.emplace(delivery.id, delivery).first->second;
  }

  void fail(const char* operation, int times) {
    FakeFailure failure;
    failure.operation = operation;
    failure.times = times;
    database.fail(failure);
  }

  // At the clean-up of this number, which comes after the counting of the one before.
  void stop_at(int call) {
    archive.on_prune = [this, call](int now) {
      if (now == call) stop.request_stop();
      clock.advance(Seconds{1});
    };
  }
};

TEST_CASE("old alerts go, unless they are pending or due") {
  House house;
  house.add(Severity::suspicious, Seconds{1001});
  house.add(Severity::suspicious, Seconds{999});
  house.add(Severity::pending, Seconds{1001});
  house.add_delivery(house.add(Severity::info, Seconds{1001}), "webhook");
  house.stop_at(2);
  house.run();
  CHECK(house.database.rows.size() == 3);
  CHECK_FALSE(house.database.rows.contains(1));
}

TEST_CASE("a clean-up goes on until nothing old is left") {
  House house;
  house.options.cleanup_interval = Seconds{3600};
  house.archive.pruned = {5000, 5000, 12};
  house.archive.on_prune = [&](int call) {
    if (call == 3) house.stop.request_stop();
  };
  house.run();
  CHECK(house.archive.prunes == 3);
}

TEST_CASE("a stop ends a clean-up between two batches") {
  House house;
  house.archive.pruned = {5000, 5000, 5000, 12};
  house.archive.on_prune = [&](int call) {
    if (call == 2) house.stop.request_stop();
  };
  house.run();
  CHECK(house.archive.prunes == 2);
}

TEST_CASE("a clean-up that fails is said, and tried again at the next interval") {
  House house;
  house.add(Severity::suspicious, Seconds{1001});
  house.fail("prune", 1);
  house.archive.on_prune = [&](int call) {
    if (call == 2) {
      CHECK(house.metrics.store_errors.Value() == 1);
      house.stop.request_stop();
    }
    house.clock.advance(Seconds{1});
  };
  house.run();
  CHECK(house.database.rows.empty());
}

TEST_CASE("what is open is counted") {
  House house;
  house.add(Severity::pending, Seconds{2});
  house.add(Severity::pending, Seconds{6});
  house.add_delivery(house.add(Severity::suspicious, Seconds{30}), "webhook");
  house.add_delivery(house.add(Severity::suspicious, Seconds{35}), "mail");
  house.add_delivery(house.add(Severity::suspicious, Seconds{90}), "gone");
  house.database.announcements.erase("gone");
  house.add_delivery(house.add(Severity::info, Seconds{40}), "webhook").standing.due_at.reset();
  house.stop_at(2);
  house.run();
  CHECK(house.metrics.alerts_pending.Value() == 2);
  CHECK(house.metrics.verdicts_overdue.Value() == 1);
  CHECK(house.metrics.deliveries_due.Value() == 2);
  CHECK(house.metrics.oldest_delivery_age.Value() == 35);
  CHECK(house.health.state().up);
}

TEST_CASE("the age of the oldest delivery is 0 again once nothing is due") {
  House house;
  house.metrics.oldest_delivery_age.Set(7);
  house.metrics.deliveries_due.Set(7);
  house.stop_at(2);
  house.run();
  CHECK(house.metrics.oldest_delivery_age.Value() == 0);
  CHECK(house.metrics.deliveries_due.Value() == 0);
}

TEST_CASE(
    "what is too old and was tried is given up at every destination, counted and logged once") {
  log::configure(log::Level::error, log::Format::text);
  House house;
  house.add_delivery(house.add(Severity::suspicious, Seconds{501}), "webhook", 3);
  house.add_delivery(house.add(Severity::suspicious, Seconds{501}), "mail", 1);
  house.add_delivery(house.add(Severity::suspicious, Seconds{499}), "webhook", 3);
  house.add_delivery(house.add(Severity::suspicious, Seconds{501}), "webhook");
  house.stop_at(4);
  CapturedStderr captured;
  house.run();
  const std::string text = captured.text();
  for (const auto& [id, delivery] : house.database.deliveries) {
    CHECK(delivery.standing.abandoned_at.has_value() == (id <= 2));
  }
  CHECK(house.metrics.deliveries_abandoned.Value() == 2);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("delivery given up"));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("destination=mail"));
}

TEST_CASE("destinations are announced again every minute, also after a failure") {
  House house;
  house.options.destinations = {{"webhook", Importance::info}};
  house.fail("announce", 1);
  std::vector<bool> in_force;
  house.archive.on_prune = [&](int call) {
    in_force.push_back(house.database.announcements.erase("webhook") > 0);
    if (call == 6) house.stop.request_stop();
    house.clock.advance(Seconds{30});
  };
  house.run();
  CHECK(in_force == std::vector<bool>{false, false, false, false, true, false});
}

TEST_CASE("a process that tells nobody announces nothing") {
  House house;
  house.stop_at(3);
  house.run();
  CHECK(house.database.announcements.empty());
}

TEST_CASE("missed entries are counted also while the database is away") {
  House house;
  house.fail("counts", 1000);
  house.positions.seen("https://log.example/", 10, house.clock.steady_now());
  house.positions.seen("https://log.example/", 14, house.clock.steady_now());
  house.clock.advance(Seconds{LogPositions::settle_time});
  house.stop_at(2);
  house.run();
  CHECK(house.metrics.missed_entries("https://log.example/").Value() == 3);
  CHECK_FALSE(house.health.state().up);
}

TEST_CASE("many logs with missed entries do not fill the log, and all are counted") {
  log::configure(log::Level::warning, log::Format::text);
  House house;
  for (int i = 0; i < 100; ++i) {
    const std::string log = "https://log.example/" + std::to_string(i);
    house.positions.seen(log, 10, house.clock.steady_now());
    house.positions.seen(log, 12, house.clock.steady_now());
  }
  house.clock.advance(Seconds{LogPositions::settle_time});
  CapturedStderr captured;
  count_missed_entries(house.positions, house.metrics, house.damper, house.clock.steady_now());
  const std::string text = captured.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  for (int i = 0; i < 100; ++i) {
    const std::string log = "https://log.example/" + std::to_string(i);
    CHECK(house.metrics.missed_entries(log).Value() == 1);
  }
}

}  // namespace
}  // namespace certwatch
