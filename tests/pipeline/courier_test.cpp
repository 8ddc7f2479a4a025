#include "pipeline/courier.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>

#include "fake_notifier.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

// Passes calls on to the fake, writes down what was asked, and lets a test wait for it.
class ObservedStore final : public DeliveryStore {
 public:
  explicit ObservedStore(FakeDatabase& database) : fake_(database) {}

  // Added to what is claimed: as if a worker had not yet begun what another claim would hand over.
  std::size_t claim_beyond = 0;
  // Before a call of settle(); on a worker's thread. `call` from 1.
  std::function<void(int call)> on_settle = [](int) {};

  StoreResult<void> announce(std::span<const Destination> destinations) override {
    return fake_.announce(destinations);
  }
  StoreResult<std::vector<Delivery>> claim(const std::string& destination, std::size_t most,
                                           Seconds lease) override {
    auto claimed = fake_.claim(destination, most + claim_beyond, lease);
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
  StoreResult<std::optional<Seconds>> next_due_in(const std::string& destination) override {
    return fake_.next_due_in(destination);
  }
  StoreResult<OpenCounts> counts() override { return fake_.counts(); }

  // False: not within a minute.
  bool wait_for_settlements(std::size_t number) {
    return wait([this, number] { return settlements_.size() >= number; });
  }
  bool wait_for_settle_calls(int number) {
    return wait([this, number] { return settle_calls_ >= number; });
  }
  bool wait_for_claims(std::size_t number) {
    return wait([this, number] { return asked_.size() >= number; });
  }
  // What each claim asked for.
  std::vector<std::size_t> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
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

  FakeDeliveryStore fake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> asked_;
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
  explicit PostOffice(std::shared_ptr<FakeDatabase> shared = std::make_shared<FakeDatabase>())
      : database_(std::move(shared)) {}
  ~PostOffice() { stop(); }

 private:
  const std::shared_ptr<FakeDatabase> database_;

 public:
  FakeDatabase& database = *database_;
  ObservedStore store{database};
  FakeReceiver receiver;
  FakeClock clock;
  RoundClock rounds;
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  LifeSigns signs{clock};
  LifeSign life{"courier", rounds};
  Courier::Options options{"webhook", {Seconds{60}}, Seconds{10}, Seconds{20}};
  std::size_t workers = 1;

  // A suspicious alert whose delivery is due, judged so long ago, tried so often. Returns its
  // event.
  std::string add(Seconds judged_ago = Seconds{0}, int attempts = 0) {
    const std::lock_guard lock(database.mutex);
    FakeRow row;
    row.issuance.id = database.next_row();
    row.issuance.event_id = random_uuid();
    row.issuance.severity = Severity::suspicious;
    row.issuance.reason = Reason::unknown;
    row.content.matched = R"(["example.org"])";
    row.decided_at = database.now - judged_ago;
    database.rows.emplace(row.issuance.id, row);
    add_delivery(row.issuance.id, row.issuance.event_id, judged_ago, attempts);
    return row.issuance.event_id;
  }

  void start() {
    courier_ = std::make_unique<Courier>(
        options, Courier::Parts{store, notifiers_to(receiver, workers), metrics.webhook_attempts(),
                                metrics, health, clock, signs, life});
    thread_ = std::jthread([this](std::stop_token stop) {
      try {
        courier_->run(stop);
      } catch (const std::exception& error) {
        died_of = error.what();
      }
    });
  }
  void wake() { courier_->wake(); }
  void request_stop() { thread_.request_stop(); }
  void stop() { thread_ = {}; }
  // Until it ends by itself.
  void wait_for_end() { thread_.join(); }
  std::string died_of;

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
  ledger::DeliveryStanding standing(std::int64_t delivery) const {
    const std::lock_guard lock(database.mutex);
    return database.deliveries.at(delivery).standing;
  }
  // How long until it can be claimed.
  std::optional<double> due_in(std::int64_t delivery) const {
    const std::lock_guard lock(database.mutex);
    const auto& due_at = database.deliveries.at(delivery).standing.due_at;
    if (!due_at) return std::nullopt;
    return Seconds(*due_at - database.time()).count();
  }
  std::size_t delivered() const {
    const std::lock_guard lock(database.mutex);
    return static_cast<std::size_t>(std::count_if(
        database.deliveries.begin(), database.deliveries.end(), [this](const auto& one) {
          return one.second.destination == options.destination && one.second.standing.delivered_at;
        }));
  }

 private:
  void add_delivery(std::int64_t alert, const std::string& event_id, Seconds judged_ago,
                    int attempts) {
    FakeDelivery delivery;
    delivery.id = database.next_delivery();
    delivery.alert = alert;
    delivery.event_id = event_id;
    delivery.destination = options.destination;
    delivery.told_since = database.time() - to_nanoseconds(judged_ago);
    delivery.standing.due_at = delivery.told_since;
    delivery.standing.attempts = attempts;
    database.deliveries.emplace(delivery.id, delivery);
  }

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
  CHECK(office.store.lease() == Seconds{15});
  office.receiver.release();
  REQUIRE(office.store.wait_for_settlements(1));
  office.stop();
  CHECK(office.row(1).delivered);
  CHECK(office.receiver.attempts_of(id) == 1);
  const Delivery told = office.receiver.told().front();
  CHECK(told.event_id == id);
  CHECK(told.alert == 1);
  CHECK(told.attempt == 1);
  CHECK(told.severity == Severity::suspicious);
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
  CHECK(office.store.wait_for_settlements(1));
  CHECK(office.delivered() == 1);
}

TEST_CASE("no more deliveries are posted or leased at once than there are workers") {
  PostOffice office;
  office.workers = 8;
  office.receiver.hold();
  for (int i = 0; i < 20; ++i) office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(8));
  office.wake();
  REQUIRE(office.rounds.wait_for_round());
  {
    const std::lock_guard lock(office.database.mutex);
    const auto leased =
        std::count_if(office.database.deliveries.begin(), office.database.deliveries.end(),
                      [](const auto& one) { return one.second.standing.lease_until; });
    CHECK(leased == 8);
  }
  office.receiver.release();
  REQUIRE(office.store.wait_for_settlements(20));
  office.stop();
  CHECK(office.delivered() == 20);
  CHECK(office.receiver.most_at_once() == 8);
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
  const std::vector<std::size_t> asked = office.store.asked();
  CHECK(asked.front() == 3);
  CHECK(std::is_sorted(asked.rbegin(), asked.rend()));
  office.add();
  office.wake();
  REQUIRE(office.receiver.wait_for_attempts_under_way(3));
  CHECK(office.store.asked().back() == 1);
  office.receiver.release();
  CHECK(office.store.wait_for_settlements(3));
}

TEST_CASE("a delivery that went well, with nothing else due, is no reason to claim again") {
  PostOffice office;
  office.workers = 8;
  office.start();
  REQUIRE(office.rounds.wait_for_first_round());
  constexpr std::size_t deliveries = 30;
  for (std::size_t i = 1; i <= deliveries; ++i) {
    office.add();
    office.wake();
    REQUIRE(office.store.wait_for_settlements(i));
  }
  // One for each; a few more for every second that it took.
  CHECK(office.store.asked().size() < deliveries * 2);
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
  office.store.on_settle = [&](int call) {
    if (call != 2) return;
    // A round that had begun before the settlement failed may claim still.
    office.rounds.wait_for_round();
    before = office.store.asked().size();
    second = office.add();
    office.wake();
    office.rounds.wait_for_round();
    after = office.store.asked().size();
  };
  office.start();
  REQUIRE(office.store.wait_for_settlements(2));
  office.stop();
  CHECK(before > 0);
  CHECK(after == before);
  CHECK(office.delivered() == 2);
  CHECK(office.receiver.attempts_of(first) == 1);
  CHECK(office.receiver.attempts_of(second) == 1);
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
  REQUIRE(office.store.wait_for_settlements(1));
  CHECK(office.row(2).delivered);
  office.advance(Seconds{15});
  REQUIRE(office.store.wait_for_settlements(2));
  CHECK(office.row(1).delivered);
  CHECK(office.receiver.attempts_of(refused) == 2);
  CHECK(office.receiver.attempts_of(other) == 1);
}

TEST_CASE("a settlement that the database is too slow for holds up only its own worker") {
  PostOffice office;
  office.workers = 2;
  const std::string stuck = office.add();
  office.database.locked_rows = {1};
  office.start();
  REQUIRE(office.store.wait_for_settle_calls(1));
  const std::string second = office.add();
  office.wake();
  REQUIRE(office.store.wait_for_settlements(1));
  const std::string third = office.add();
  office.wake();
  REQUIRE(office.store.wait_for_settlements(2));
  CHECK(office.delivered() == 2);
  CHECK_FALSE(office.row(1).delivered);
  {
    const std::lock_guard lock(office.database.mutex);
    office.database.locked_rows.clear();
  }
  REQUIRE(office.store.wait_for_settlements(3));
  office.stop();
  CHECK(office.row(1).delivered);
  for (const std::string& id : {stuck, second, third}) CHECK(office.receiver.attempts_of(id) == 1);
}

TEST_CASE("a settlement that is too slow is let go when its lease is over, for the next attempt") {
  PostOffice office;
  const std::string id = office.add();
  office.database.locked_rows = {1};
  office.store.on_settle = [&](int call) {
    if (call == 2) office.clock.advance(Seconds{15});
    if (call == 3) {
      const std::lock_guard lock(office.database.mutex);
      office.database.locked_rows.clear();
    }
  };
  office.start();
  REQUIRE(office.store.wait_for_settle_calls(2));
  office.advance(Seconds{15});
  REQUIRE(office.store.wait_for_settlements(1));
  office.stop();
  CHECK(office.row(1).delivered);
  CHECK(office.receiver.attempts_of(id) == 2);
}

TEST_CASE("of three destinations a dead one delays no other") {
  const auto database = std::make_shared<FakeDatabase>();
  PostOffice webhook(database);
  PostOffice slack(database);
  PostOffice mail(database);
  slack.options.destination = "slack";
  mail.options.destination = "mail";
  webhook.receiver.hold();  // it answers nobody
  for (PostOffice* office : {&webhook, &slack, &mail}) {
    for (int i = 0; i < 20; ++i) office->add();
    office->start();
  }
  REQUIRE(webhook.receiver.wait_for_attempts_under_way(1));
  CHECK(slack.store.wait_for_settlements(20));
  CHECK(mail.store.wait_for_settlements(20));
  CHECK(webhook.delivered() == 0);
  CHECK(slack.delivered() == 20);
  CHECK(mail.delivered() == 20);
  webhook.receiver.release();
  CHECK(webhook.store.wait_for_settlements(20));
  for (PostOffice* office : {&webhook, &slack, &mail}) {
    office->stop();
    CHECK(office->receiver.attempts() == 20);
    for (const Delivery& told : office->receiver.told()) {
      CHECK(told.destination == office->options.destination);
    }
  }
}

TEST_CASE("a worker that dies ends the courier, which says what it died of") {
  PostOffice office;
  office.workers = 3;
  office.receiver.break_down("the receiver's answer cannot be");
  office.add();
  office.start();
  office.wait_for_end();
  CHECK_THAT(office.died_of, Catch::Matchers::StartsWith("courier ") &&
                                 Catch::Matchers::EndsWith(": the receiver's answer cannot be"));
  CHECK_THAT(office.signs.complaints(),
             Catch::Matchers::ContainsSubstring("the receiver's answer cannot be"));
  // Nobody has said that it was delivered: its lease runs out.
  CHECK(office.standing(1).lease_until);
  CHECK(office.delivered() == 0);
}

TEST_CASE("a failed attempt is followed by the next after 1, 4 and 16 seconds, then the interval") {
  PostOffice office;
  office.add();
  office.receiver.answer({RetryLater{"500", {}}, RetryLater{"no route", {}},
                          RetryLater{"timed out", {}}, RetryLater{"500", {}}});
  office.start();
  std::vector<Seconds> delays;
  for (std::size_t attempt = 1; attempt <= 4; ++attempt) {
    REQUIRE(office.store.wait_for_settlements(attempt));
    const auto settlement = office.store.settlements().back();
    CHECK(settlement.kind == Settlement::Kind::retry_after);
    delays.push_back(settlement.delay);
    CHECK(office.receiver.attempts() == attempt);
    // A little more: the database's time has microseconds, the delay is finer.
    office.advance(settlement.delay + Seconds{0.001});
  }
  REQUIRE(office.store.wait_for_settlements(5));
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
  REQUIRE(office.store.wait_for_settlements(1));
  CHECK(office.due_in(1) == 30.0);
  CHECK(office.standing(1).last_error == "429");
}

TEST_CASE("without redelivery the third failure is the last, and counted") {
  PostOffice office;
  office.options.schedule.interval = Seconds{0};
  office.add();
  office.receiver.answer({RetryLater{"1", {}}, RetryLater{"2", {}}, RetryLater{"3", {}}});
  office.start();
  for (std::size_t attempt = 1; attempt <= 3; ++attempt) {
    REQUIRE(office.store.wait_for_settlements(attempt));
    office.advance(Seconds{100});
  }
  REQUIRE(office.rounds.wait_for_round());
  office.stop();
  CHECK(office.receiver.attempts() == 3);
  CHECK(office.standing(1).abandoned_at);
  CHECK(office.standing(1).last_error == "3");
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
  REQUIRE(office.store.wait_for_settlements(1));
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
  REQUIRE(office.store.wait_for_claims(2));
  CHECK(office.receiver.attempts() == 0);
  office.advance(Seconds{15});
  REQUIRE(office.store.wait_for_settlements(1));
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
  CHECK_FALSE(office.standing(1).lease_until);
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
    REQUIRE(office.store.wait_for_settlements(attempt));
    if (attempt == 2) office.receiver.hold();
    office.advance(Seconds{4});
  }
  REQUIRE(office.receiver.wait_for_attempts(3));
  office.stop();
  CHECK_FALSE(office.standing(1).abandoned_at);
  CHECK(office.due_in(1));
  CHECK(office.metrics.deliveries_abandoned.Value() == 0);
}

TEST_CASE("what was handed over and not begun is due again at the end") {
  PostOffice office;
  office.options.farewell = Seconds{0};
  office.store.claim_beyond = 2;
  office.receiver.hold();
  for (int i = 0; i < 3; ++i) office.add();
  office.start();
  REQUIRE(office.receiver.wait_for_attempts_under_way(1));
  office.stop();
  CHECK(office.receiver.attempts() == 1);
  for (const std::int64_t number : {2, 3}) {
    CHECK(office.standing(number).attempts == 1);
    CHECK_FALSE(office.standing(number).lease_until);
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
  CHECK(office.standing(1).lease_until);
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
