#include "pipeline/courier.h"

#include <algorithm>
#include <thread>

#include "fake_notifier.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

// Passes calls on to the fake, writes down what was asked, and lets a test wait for it.
class ObservedQueue final : public DeliveryQueue {
 public:
  explicit ObservedQueue(FakeDatabase& database) : fake_(database) {}

  // Added to what is claimed: as if a worker had not yet begun what another claim would hand over.
  std::size_t claim_beyond = 0;
  // Before a call of settle(); on a worker's thread. `call` from 1.
  std::function<void(int call)> on_settle = [](int) {};
  // Before a call of adopt(); on the dispatcher's thread.
  std::function<void()> on_adopt = [] {};

  StoreResult<std::vector<Delivery>> claim(std::size_t most, Seconds lease) override {
    auto claimed = fake_.claim(most + claim_beyond, lease);
    note([&] {
      asked_.push_back(most);
      lease_ = lease;
    });
    return claimed;
  }
  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override {
    int call = 0;
    note([&] { call = ++settle_calls_; });
    on_settle(call);
    auto settled = fake_.settle(delivery, settlement);
    if (settled) note([&] { settlements_.push_back(settlement); });
    return settled;
  }
  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override {
    return fake_.give_up_older_than(age);
  }
  StoreResult<std::size_t> adopt(Seconds back) override {
    note([&] { adopted_back_.push_back(back); });
    on_adopt();
    return fake_.adopt(back);
  }
  StoreResult<std::optional<Seconds>> next_due_in() override { return fake_.next_due_in(); }
  StoreResult<DeliveryCounts> counts() override { return fake_.counts(); }

  // False: not within a minute.
  bool wait_for_settlements(std::size_t number) {
    return wait([this, number] { return settlements_.size() >= number; });
  }
  bool wait_for_claims(std::size_t number) {
    return wait([this, number] { return asked_.size() >= number; });
  }
  // What each claim asked for.
  std::vector<std::size_t> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // How far each adoption looked back.
  std::vector<Seconds> adopted_back() const {
    const std::lock_guard lock(mutex_);
    return adopted_back_;
  }
  std::vector<Settlement> settlements() const {
    const std::lock_guard lock(mutex_);
    return settlements_;
  }
  Seconds lease() const {
    const std::lock_guard lock(mutex_);
    return lease_;
  }

 private:
  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), condition);
  }

  FakeDeliveryQueue fake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> asked_;
  std::vector<Seconds> adopted_back_;
  std::vector<Settlement> settlements_;
  Seconds lease_{0};
  int settle_calls_ = 0;
};

// Stands still, too, and tells how often it was asked: once a round of the dispatcher, where only
// its sign of life has it.
class RoundClock final : public Clock {
 public:
  SteadyTime steady_now() const override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
    return still_.steady_now();
  }
  SystemTime system_now() const override { return still_.system_now(); }

  // Waits until one more round has begun, and so the one before has ended; false: not within a
  // minute.
  bool wait_for_round() const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1),
                             [this, wanted = asked_ + 1] { return asked_ >= wanted; });
  }
  // The same for the first: the sign has been shown once when it was made.
  bool wait_for_first_round() const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [this] { return asked_ >= 2; });
  }

 private:
  FakeClock still_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int asked_ = 0;
};

class PostOffice {
 public:
  FakeDatabase database;
  ObservedQueue queue{database};
  FakeReceiver receiver;
  FakeClock clock;
  RoundClock rounds;
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  LifeSigns signs{clock};
  LifeSign life{"courier", rounds};
  Courier::Options options{{Seconds{60}}, Seconds{10}, Seconds{3600}, Seconds{20}};
  std::size_t workers = 1;

  ~PostOffice() { stop(); }

  // A suspicious alert whose delivery is due, judged so long ago, tried so often.
  std::string add(Seconds judged_ago = Seconds{0}, int attempts = 0) {
    const std::lock_guard lock(database.mutex);
    FakeRow row;
    row.known.row = database.next_row();
    row.alert.event_id = random_uuid();
    row.alert.payload = R"("seen_at":)" + std::to_string(row.known.row);
    row.alert.matched = R"(["example.org"])";
    row.severity = Severity::suspicious;
    row.reason = Reason::unknown;
    row.decided_at = database.now - judged_ago;
    row.due_at = database.now - judged_ago;
    row.attempts = attempts;
    database.rows.emplace(row.known.row, row);
    return row.alert.event_id;
  }

  void start() {
    courier_ = std::make_unique<Courier>(
        options,
        Courier::Parts{queue, notifiers_to(receiver, workers), metrics, health, clock, signs});
    thread_ = std::jthread([this](std::stop_token stop) { courier_->run(stop, life); });
  }
  void wake() { courier_->wake(); }
  void request_stop() { thread_.request_stop(); }
  void stop() { thread_ = {}; }

  // The database's time goes on, and somebody looks.
  void advance(Seconds distance) {
    {
      const std::lock_guard lock(database.mutex);
      database.now += distance;
    }
    wake();
  }

  FakeRow row(std::int64_t number) const {
    const std::lock_guard lock(database.mutex);
    return database.rows.at(number);
  }
  // How long until it can be claimed.
  std::optional<double> due_in(std::int64_t number) const {
    const std::lock_guard lock(database.mutex);
    const auto& due_at = database.rows.at(number).due_at;
    if (!due_at) return std::nullopt;
    return (*due_at - database.now).count();
  }
  std::size_t delivered() const {
    const std::lock_guard lock(database.mutex);
    return static_cast<std::size_t>(
        std::count_if(database.rows.begin(), database.rows.end(),
                      [](const auto& one) { return one.second.delivered; }));
  }

 private:
  std::unique_ptr<Courier> courier_;
  std::jthread thread_;
};

TEST_CASE("what is due is posted, and delivered only after the receiver took it") {
  PostOffice office;
  office.receiver.hold();
  const std::string id = office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  CHECK_FALSE(office.row(1).delivered);
  CHECK(office.queue.lease() == Seconds{15});
  office.receiver.release();
  REQUIRE(office.queue.wait_for_settlements(1));
  office.stop();
  CHECK(office.row(1).delivered);
  CHECK(office.receiver.attempts_of(id) == 1);
  CHECK_THAT(office.receiver.bodies().front(), Catch::Matchers::ContainsSubstring('"' + id + '"'));
  CHECK(office.metrics.webhook_success.Value() == 1);
  CHECK(office.metrics.webhook_failure.Value() == 0);
  CHECK(office.metrics.webhook_duration.Collect().histogram.sample_count == 1);
}

TEST_CASE("what becomes due later is posted once it is told of") {
  PostOffice office;
  office.start();
  REQUIRE(office.rounds.wait_for_first_round());
  office.add();
  office.wake();
  CHECK(office.queue.wait_for_settlements(1));
  CHECK(office.delivered() == 1);
}

TEST_CASE("no more deliveries are posted or leased at once than there are workers") {
  PostOffice office;
  office.workers = most_couriers;
  office.receiver.hold();
  for (int i = 0; i < 20; ++i) office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(most_couriers));
  office.wake();
  REQUIRE(office.rounds.wait_for_round());
  {
    const std::lock_guard lock(office.database.mutex);
    const auto leased = std::count_if(office.database.rows.begin(), office.database.rows.end(),
                                      [](const auto& one) { return one.second.lease_until; });
    CHECK(leased == most_couriers);
  }
  office.receiver.release();
  REQUIRE(office.queue.wait_for_settlements(20));
  office.stop();
  CHECK(office.delivered() == 20);
  CHECK(office.receiver.most_at_once() == most_couriers);
  CHECK(office.receiver.attempts() == 20);
}

TEST_CASE("as many are claimed as workers are idle") {
  PostOffice office;
  office.workers = 3;
  office.receiver.hold();
  office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  office.add();
  office.wake();
  REQUIRE(office.receiver.wait_for_attempts_under_way(2));
  const std::vector<std::size_t> asked = office.queue.asked();
  CHECK(asked.front() == 3);
  CHECK(std::is_sorted(asked.rbegin(), asked.rend()));
  office.add();
  office.wake();
  REQUIRE(office.receiver.wait_for_attempts_under_way(3));
  CHECK(office.queue.asked().back() == 1);
  office.receiver.release();
  CHECK(office.queue.wait_for_settlements(3));
}

TEST_CASE("a delivery that went well, with nothing else due, is no reason to claim again") {
  PostOffice office;
  office.workers = most_couriers;
  office.start();
  REQUIRE(office.rounds.wait_for_first_round());
  constexpr std::size_t deliveries = 30;
  for (std::size_t i = 1; i <= deliveries; ++i) {
    office.add();
    office.wake();
    REQUIRE(office.queue.wait_for_settlements(i));
  }
  // One for each; a few more for every second that it took.
  CHECK(office.queue.asked().size() < deliveries * 2);
}

TEST_CASE("while a settlement waits for the database nothing is claimed, and nothing sent twice") {
  PostOffice office;
  office.workers = 2;
  FakeFailure away;
  away.operation = "settle";
  away.when = GENERATE(FakeFailure::When::before_effect, FakeFailure::When::after_effect);
  office.database.fail(away);
  const std::string first = office.add();
  std::string second;
  std::size_t before = 0;
  std::size_t after = 0;
  office.queue.on_settle = [&](int call) {
    if (call != 2) return;
    // A round that had begun before the settlement failed may claim still.
    office.rounds.wait_for_round();
    before = office.queue.asked().size();
    second = office.add();
    office.wake();
    office.rounds.wait_for_round();
    after = office.queue.asked().size();
  };
  office.start();
  REQUIRE(office.queue.wait_for_settlements(2));
  office.stop();
  CHECK(before > 0);
  CHECK(after == before);
  CHECK(office.delivered() == 2);
  CHECK(office.receiver.attempts_of(first) == 1);
  CHECK(office.receiver.attempts_of(second) == 1);
}

TEST_CASE("what another process judged and left unsent since this one started is delivered") {
  PostOffice office;
  office.add(Seconds{50});
  office.add(Seconds{5});
  for (auto& [number, row] : office.database.rows) row.due_at.reset();
  office.start();
  REQUIRE(office.queue.wait_for_claims(1));
  CHECK(office.queue.adopted_back().empty());
  office.clock.advance(Seconds{10});
  office.wake();
  REQUIRE(office.queue.wait_for_settlements(1));
  office.stop();
  CHECK(office.queue.adopted_back().front() == Seconds{10});
  CHECK_FALSE(office.row(1).delivered);
  CHECK(office.row(2).delivered);
}

TEST_CASE("what may be adopted is looked for now and then, whatever became of the last look") {
  PostOffice office;
  FakeFailure away;
  away.operation = "adopt";
  office.database.fail(away);
  office.start();
  REQUIRE(office.queue.wait_for_claims(1));
  for (const std::size_t looks : {1u, 2u, 3u}) {
    office.clock.advance(Seconds{3});
    for (int i = 0; i < 3; ++i) {
      const std::size_t claims = office.queue.asked().size();
      office.wake();
      REQUIRE(office.queue.wait_for_claims(claims + 1));
    }
    CHECK(office.queue.adopted_back().size() == looks);
  }
  office.stop();
  CHECK(office.metrics.store_errors.Value() == 1);
  CHECK(office.queue.adopted_back().back() == Seconds{9});
}

TEST_CASE("where the look for what to adopt takes its time, it is made less often") {
  PostOffice office;
  office.queue.on_adopt = [&office] { office.clock.advance(Seconds{1}); };
  office.start();
  REQUIRE(office.queue.wait_for_claims(1));
  office.clock.advance(Seconds{3});
  const auto look = [&office] {
    for (int i = 0; i < 2; ++i) {
      const std::size_t claims = office.queue.asked().size();
      office.wake();
      REQUIRE(office.queue.wait_for_claims(claims + 1));
    }
    return office.queue.adopted_back().size();
  };
  CHECK(look() == 1);
  office.clock.advance(Seconds{19});
  CHECK(look() == 1);
  office.clock.advance(Seconds{1});
  CHECK(look() == 2);
}

TEST_CASE("a settlement that is refused for good holds up no other delivery") {
  PostOffice office;
  FakeFailure never;
  never.operation = "settle";
  never.error = {StoreError::Kind::refused, "a trigger says no"};
  office.database.fail(never);
  const std::string refused = office.add();
  const std::string other = office.add();
  office.start();
  REQUIRE(office.queue.wait_for_settlements(1));
  CHECK(office.row(2).delivered);
  office.advance(Seconds{15});
  REQUIRE(office.queue.wait_for_settlements(2));
  CHECK(office.row(1).delivered);
  CHECK(office.receiver.attempts_of(refused) == 2);
  CHECK(office.receiver.attempts_of(other) == 1);
}

TEST_CASE("a failed attempt is followed by the next after 1, 4 and 16 seconds, then the interval") {
  PostOffice office;
  office.add();
  office.receiver.answer({RetryLater{"500", {}}, RetryLater{"no route", {}},
                          RetryLater{"timed out", {}}, RetryLater{"500", {}}});
  office.start();
  std::vector<Seconds> delays;
  for (std::size_t attempt = 1; attempt <= 4; ++attempt) {
    REQUIRE(office.queue.wait_for_settlements(attempt));
    const auto settlement = office.queue.settlements().back();
    CHECK(settlement.kind == Settlement::Kind::retry_after);
    delays.push_back(settlement.delay);
    CHECK(office.receiver.attempts() == attempt);
    office.advance(settlement.delay);
  }
  REQUIRE(office.queue.wait_for_settlements(5));
  CHECK(delays[0] == Seconds{1});
  CHECK(delays[1] == Seconds{4});
  CHECK(delays[2] == Seconds{16});
  CHECK((delays[3] >= Seconds{60} && delays[3] <= Seconds{66}));
  CHECK(office.delivered() == 1);
  CHECK(office.metrics.webhook_failure.Value() == 4);
  CHECK(office.metrics.deliveries_abandoned.Value() == 0);
}

TEST_CASE("what the receiver asks for is waited") {
  PostOffice office;
  office.add();
  office.receiver.answer({RetryLater{"429", Seconds{30}}});
  office.start();
  REQUIRE(office.queue.wait_for_settlements(1));
  CHECK(office.due_in(1) == 30.0);
  CHECK(office.row(1).last_error == "429");
}

TEST_CASE("without redelivery the third failure is the last, and counted") {
  PostOffice office;
  office.options.schedule.interval = Seconds{0};
  office.add();
  office.receiver.answer({RetryLater{"1", {}}, RetryLater{"2", {}}, RetryLater{"3", {}}});
  office.start();
  for (std::size_t attempt = 1; attempt <= 3; ++attempt) {
    REQUIRE(office.queue.wait_for_settlements(attempt));
    office.advance(Seconds{100});
  }
  REQUIRE(office.rounds.wait_for_round());
  office.stop();
  CHECK(office.receiver.attempts() == 3);
  CHECK(office.row(1).abandoned);
  CHECK(office.row(1).last_error == "3");
  CHECK(office.metrics.deliveries_abandoned.Value() == 1);
}

TEST_CASE("what is too old and was tried is given up before it is posted again, and counted") {
  PostOffice office;
  office.add(Seconds{3601}, 3);
  const std::string young = office.add(Seconds{3599}, 3);
  const std::string untried = office.add(Seconds{3601});
  office.start();
  REQUIRE(office.queue.wait_for_settlements(2));
  office.stop();
  CHECK(office.receiver.attempts() == 2);
  CHECK(office.receiver.attempts_of(young) == 1);
  CHECK(office.receiver.attempts_of(untried) == 1);
  CHECK(office.row(1).abandoned);
  CHECK(office.metrics.deliveries_abandoned.Value() == 1);
}

TEST_CASE("a claim that the database refuses is tried again, and said") {
  PostOffice office;
  FakeFailure away;
  away.operation = "claim";
  away.times = 2;
  office.database.fail(away);
  office.add();
  office.start();
  REQUIRE(office.queue.wait_for_settlements(1));
  CHECK(office.metrics.store_errors.Value() == 2);
  CHECK(office.health.state().up);
}

TEST_CASE("a claim whose answer was lost is posted when its lease is over") {
  PostOffice office;
  FakeFailure away;
  away.operation = "claim";
  away.when = FakeFailure::When::after_effect;
  office.database.fail(away);
  const std::string id = office.add();
  office.start();
  REQUIRE(office.queue.wait_for_claims(2));
  CHECK(office.receiver.attempts() == 0);
  office.advance(Seconds{15});
  REQUIRE(office.queue.wait_for_settlements(1));
  CHECK(office.receiver.attempts_of(id) == 1);
}

TEST_CASE("an attempt under way may end in the farewell") {
  PostOffice office;
  office.receiver.hold();
  office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  office.request_stop();
  office.receiver.release();
  office.stop();
  CHECK(office.delivered() == 1);
  CHECK(office.receiver.attempts() == 1);
}

TEST_CASE("an attempt that outlasts the farewell is cancelled and due again") {
  PostOffice office;
  office.options.farewell = Seconds{0};
  office.receiver.hold();
  office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  office.stop();
  CHECK(office.delivered() == 0);
  CHECK_FALSE(office.row(1).lease_until);
  CHECK(office.due_in(1) == 0.0);
}

TEST_CASE("a stop is no failure of the receiver: the last attempt is made again") {
  PostOffice office;
  office.options.farewell = Seconds{0};
  office.options.schedule.interval = Seconds{0};
  office.add();
  office.receiver.answer({RetryLater{"1", {}}, RetryLater{"2", {}}});
  office.start();
  for (std::size_t attempt = 1; attempt <= 2; ++attempt) {
    REQUIRE(office.queue.wait_for_settlements(attempt));
    if (attempt == 2) office.receiver.hold();
    office.advance(Seconds{4});
  }
  REQUIRE(office.receiver.wait_for_attempts(3));
  office.stop();
  CHECK_FALSE(office.row(1).abandoned);
  CHECK(office.due_in(1));
  CHECK(office.metrics.deliveries_abandoned.Value() == 0);
}

TEST_CASE("what was handed over and not begun is due again at the end") {
  PostOffice office;
  office.options.farewell = Seconds{0};
  office.queue.claim_beyond = 2;
  office.receiver.hold();
  for (int i = 0; i < 3; ++i) office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  office.stop();
  CHECK(office.receiver.attempts() == 1);
  for (const std::int64_t number : {2, 3}) {
    CHECK(office.row(number).attempts == 1);
    CHECK_FALSE(office.row(number).lease_until);
    CHECK(office.due_in(number) == 0.0);
  }
}

TEST_CASE("an end with the database away does not wait for it") {
  PostOffice office;
  office.options.farewell = Seconds{0};
  FakeFailure away;
  away.operation = "settle";
  away.times = 1'000'000;
  office.database.fail(away);
  const std::string id = office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts(1));
  office.stop();
  CHECK(office.receiver.attempts_of(id) == 1);
  CHECK(office.row(1).lease_until);
}

TEST_CASE("workers and dispatcher show signs of life, and end them") {
  PostOffice office;
  office.workers = 2;
  office.start();
  REQUIRE(office.rounds.wait_for_first_round());
  CHECK(office.signs.complaints().empty());
  office.stop();
  office.clock.advance(Seconds{1000});
  CHECK(office.signs.complaints().empty());
}

}  // namespace
}  // namespace certwatch
