#include "pipeline/judge.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"

namespace certwatch {
namespace {

// Forty digits that no other number has.
std::string fingerprint(int number) {
  std::string digits = std::to_string(number);
  return std::string(40 - digits.size(), 'a') + digits;
}

// Passes calls on to the fake, and lets a test act when they come. A test runs the judge on its own
// thread and stops it from here: nothing is left to chance.
class ObservedStore final : public AlertStore {
 public:
  explicit ObservedStore(FakeDatabase& database) : fake_(database) {}

  // Before the call of this number, from 1.
  std::function<void(int call)> on_record = [](int) {};
  std::function<void(int call)> on_judge_due = [](int) {};
  std::function<void(int call)> on_resolve_late = [](int) {};
  // A batch that holds it is refused.
  std::string refused;
  // A batch that holds it takes too long.
  std::string too_slow;
  // What the next call that is asked for it overturns.
  std::vector<Verdict> overturned_by_recording;
  std::vector<Verdict> overturned_by_resolution;
  // What of each alert could not be recorded.
  std::string left_out;
  std::vector<std::size_t> batches;
  int judgements = 0;
  int resolutions = 0;

  StoreResult<void> check_schema() override { return fake_.check_schema(); }

  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& placer,
                                            const JudgeOptions& options) override {
    batches.push_back(alerts.size());
    on_record(static_cast<int>(batches.size()));
    for (const NewAlert& alert : alerts) {
      if (alert.identity.fingerprint == refused) {
        return store_failure(StoreError::Kind::refused, "no such thing in here");
      }
      if (alert.identity.fingerprint == too_slow) {
        return store_failure(StoreError::Kind::too_slow, "cut short");
      }
    }
    auto recorded = fake_.record(alerts, placer, options);
    if (recorded) recorded->back().overturned = std::exchange(overturned_by_recording, {});
    if (recorded) {
      for (Recorded& one : *recorded) one.left_out = left_out;
    }
    return recorded;
  }

  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                              std::size_t most) override {
    on_judge_due(++judgements);
    return fake_.judge_due(options, most);
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override {
    on_resolve_late(++resolutions);
    if (!overturned_by_resolution.empty()) return std::exchange(overturned_by_resolution, {});
    return fake_.resolve_late(window, options);
  }

 private:
  FakeAlertStore fake_;
};

class Chamber {
 public:
  FakeDatabase database;
  ObservedStore store{database};
  FakeClock clock;
  MatchQueue queue{{1000, 1U << 20}};
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  std::ostringstream lost_and_found;
  std::stop_source stop;
  int told = 0;  // how often deliveries may have become due
  std::function<void()> on_told = [] {};
  Judge::Options options;

  Match match(int number) const {
    Match made;
    Sighting& sighting = made.sighting;
    sighting.received_steady = clock.steady_now();
    sighting.update_type = "X509LogEntry";
    sighting.fingerprint_sha1 = fingerprint(number);
    sighting.serial_number = std::to_string(number);
    sighting.issuer_o = "An Issuer";
    sighting.not_before = 1000;
    sighting.not_after = 2000;
    sighting.names = {"www.example.org"};
    sighting.all_sans_json = sighting.all_sans_storable_json = R"(["www.example.org"])";
    made.entries = {"example.org"};
    made.sans = {"www.example.org"};
    return made;
  }

  // The precertificate of what match(number) is the certificate of.
  Match precertificate(int number) const {
    Match made = match(number);
    made.sighting.update_type = "PrecertLogEntry";
    made.sighting.fingerprint_sha1 = fingerprint(number + 500);
    return made;
  }

  void push(Match match) { REQUIRE(queue.push(std::move(match), 1)); }
  void push(int number) { push(match(number)); }

  // Until something stops it.
  std::size_t run() {
    log::Damper damper(clock);
    LifeSign life("judge", clock);
    const auto tell = [this] {
      ++told;
      on_told();
    };
    Judge judge(options,
                {store, queue, metrics, health, damper, clock, life, tell, lost_and_found});
    return judge.run(stop.get_token());
  }

  void fail(const char* operation, FakeFailure::When when, int times) {
    FakeFailure failure;
    failure.operation = operation;
    failure.when = when;
    failure.times = times;
    database.fail(failure);
  }

  // Stops the judge when it next asks for what is due: all that was queued has been recorded.
  void stop_when_recorded(std::size_t rows) {
    store.on_judge_due = [this, rows](int) {
      if (database.rows.size() >= rows) stop.request_stop();
      move_on();
    };
  }

  // To the next look for verdicts.
  void move_on() { clock.advance(Seconds{0.5}); }

  double dropped(DropReason reason) const {
    return metrics.dropped_matches[static_cast<std::size_t>(reason)]->Value();
  }
  double undecodable(UndecodableReason reason) const {
    return metrics.undecodable[static_cast<std::size_t>(reason)]->Value();
  }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("a match is on record before anybody is told of it") {
  Chamber chamber;
  chamber.options.verdict.grace = Seconds{0};
  chamber.fail("record", FakeFailure::When::before_effect, 1);
  chamber.store.on_record = [&](int) {
    CHECK(chamber.told == 0);
    CHECK(chamber.metrics.alerts_suspicious.Value() == 0);
  };
  chamber.on_told = [&] {
    REQUIRE(chamber.database.rows.size() == 1);
    CHECK(chamber.database.rows.begin()->second.severity == Severity::suspicious);
    CHECK(chamber.database.rows.begin()->second.due_at);
    chamber.stop.request_stop();
  };
  chamber.push(1);
  CHECK(chamber.run() == 0);
  CHECK(chamber.told == 1);
}

TEST_CASE("a store that fails before or after its effect has each match once") {
  const auto when = GENERATE(FakeFailure::When::before_effect, FakeFailure::When::after_effect);
  Chamber chamber;
  chamber.options.verdict.grace = Seconds{0};
  chamber.fail("record", when, 2);
  chamber.on_told = [&] { chamber.stop.request_stop(); };
  chamber.push(1);
  chamber.push(2);
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 2);
  CHECK(chamber.store.batches == std::vector<std::size_t>{2, 2, 2});
  CHECK(chamber.metrics.repeats.Value() == 0);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 2);
  CHECK(chamber.metrics.store_errors.Value() == 2);
  CHECK(chamber.health.state().up);
}

TEST_CASE("an alert that the store refuses costs only itself") {
  Chamber chamber;
  chamber.store.refused = fingerprint(3);
  chamber.stop_when_recorded(4);
  for (int number = 1; number <= 5; ++number) chamber.push(number);
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 4);
  CHECK(chamber.dropped(DropReason::refused) == 1);
  CHECK(lines(chamber.lost_and_found.str()) == 1);
  CHECK_THAT(chamber.lost_and_found.str(), Catch::Matchers::ContainsSubstring(fingerprint(3)));
}

TEST_CASE("what of an alert is not on record is told, a few times in a minute") {
  log::configure(log::Level::warning, log::Format::text);
  Chamber chamber;
  chamber.store.left_out = "list of names, issuer";
  chamber.stop_when_recorded(9);
  for (int number = 1; number <= 9; ++number) chamber.push(number);
  // Of a repeat nothing is missing that its row does not have.
  chamber.push(chamber.precertificate(9));
  CapturedStderr captured;
  chamber.run();
  const std::string text = captured.text();
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("left_out=\"list of names, issuer\""));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("alert=1 "));
  CHECK_THAT(
      text, Catch::Matchers::ContainsSubstring("id=" + chamber.database.rows.at(1).alert.event_id));
  CHECK(lines(text) == 5);
}

TEST_CASE("what a database that goes away between two alerts of a refused batch leaves is kept") {
  Chamber chamber;
  chamber.store.refused = fingerprint(2);
  // The batch, the first of its alerts.
  chamber.store.on_record = [&](int call) {
    if (call == 2) chamber.fail("record", FakeFailure::When::before_effect, 2);
  };
  chamber.stop_when_recorded(2);
  for (int number = 1; number <= 3; ++number) chamber.push(number);
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 2);
  CHECK(chamber.dropped(DropReason::refused) == 1);
}

TEST_CASE("a match that takes the database too long holds up no other") {
  Chamber chamber;
  chamber.store.too_slow = fingerprint(3);
  chamber.stop_when_recorded(9);
  for (int number = 1; number <= 10; ++number) chamber.push(number);
  // It is not lost when the end comes.
  CHECK(chamber.run() == 1);
  CHECK(chamber.database.rows.size() == 9);
  CHECK(lines(chamber.lost_and_found.str()) == 1);
  CHECK_THAT(chamber.lost_and_found.str(), Catch::Matchers::ContainsSubstring(fingerprint(3)));
}

TEST_CASE("what was set aside is tried again, and recorded when it gets through") {
  Chamber chamber;
  chamber.store.too_slow = fingerprint(1);
  const SteadyTime begin = chamber.clock.steady_now();
  chamber.store.on_judge_due = [&](int) {
    if (chamber.database.rows.size() == 2) chamber.stop.request_stop();
    if (chamber.clock.steady_now() - begin > std::chrono::seconds(12)) {
      chamber.store.too_slow.clear();
    }
    chamber.move_on();
  };
  chamber.push(1);
  chamber.push(2);
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 2);
  // Two together, each alone, then every five seconds.
  CHECK(chamber.store.batches == std::vector<std::size_t>{2, 1, 1, 1, 1, 1});
}

TEST_CASE("while the database is away the queue fills, and all of it is recorded then") {
  Chamber chamber;
  chamber.fail("record", FakeFailure::When::before_effect, 3);
  chamber.store.on_record = [&](int call) {
    if (call > 3) return;
    CHECK_FALSE(chamber.database.rows.contains(1));
    for (int i = 0; i < 100; ++i) chamber.push(call * 100 + i);
  };
  chamber.stop_when_recorded(301);
  chamber.push(1);
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 301);
  CHECK(chamber.dropped(DropReason::queue_full) == 0);
  CHECK(chamber.dropped(DropReason::shutdown) == 0);
}

TEST_CASE("a sighting that is on record as it is does not trouble the store again") {
  Chamber chamber;
  chamber.store.on_record = [&](int) { chamber.push(1); };
  chamber.store.on_judge_due = [&](int call) {
    if (call == 3) chamber.stop.request_stop();
    chamber.move_on();
  };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.store.batches.size() == 1);
  CHECK(chamber.metrics.repeats.Value() == 1);
  CHECK(chamber.metrics.dedupe_cache_size.Value() == 1);
}

TEST_CASE("a sighting that was not committed is no repeat") {
  Chamber chamber;
  chamber.store.refused = fingerprint(1);
  chamber.store.on_record = [&](int call) {
    if (call == 1) chamber.push(1);
    if (call == 2) chamber.store.refused.clear();
  };
  chamber.stop_when_recorded(1);
  chamber.push(1);
  chamber.run();
  CHECK(chamber.store.batches.size() == 2);
  CHECK(chamber.database.rows.size() == 1);
}

TEST_CASE("a sighting that adds something to what is on record is told to the store") {
  Chamber chamber;
  chamber.store.on_record = [&](int call) {
    if (call == 1) chamber.push(1);
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.push(chamber.precertificate(1));
  chamber.run();
  REQUIRE(chamber.database.rows.size() == 1);
  CHECK(chamber.database.rows.begin()->second.known.fingerprints ==
        std::vector<std::string>{fingerprint(501), fingerprint(1)});
  CHECK(chamber.metrics.repeats.Value() == 1);
}

TEST_CASE("a verdict that a repeat brings about is counted, once") {
  Chamber chamber;
  InventoryCertificate ours;
  ours.fingerprint_sha1 = fingerprint(1);
  chamber.database.inventory = {ours};
  chamber.store.on_record = [&](int call) {
    if (call == 1) chamber.push(1);
  };
  chamber.on_told = [&] { chamber.stop.request_stop(); };
  chamber.push(chamber.precertificate(1));
  chamber.run();
  CHECK(chamber.database.rows.begin()->second.severity == Severity::info);
  CHECK(chamber.told == 1);
  CHECK(chamber.metrics.alerts_info.Value() == 1);
}

TEST_CASE("the verdict falls when the grace is over, is counted once and told") {
  Chamber chamber;
  chamber.options.verdict.grace = Seconds{10};
  chamber.store.on_judge_due = [&](int call) {
    CHECK(chamber.told == (call < 4 ? 0 : 1));
    if (call == 3) chamber.database.now += Seconds{10};
    if (call == 6) chamber.stop.request_stop();
    chamber.move_on();
  };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.told == 1);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 1);
  CHECK(chamber.metrics.alerts_info.Value() == 0);
}

TEST_CASE("late inventory resolves, is told, and is no second verdict") {
  Chamber chamber;
  chamber.options.verdict.grace = Seconds{0};
  chamber.on_told = [&] {
    InventoryCertificate ours;
    ours.fingerprint_sha1 = fingerprint(1);
    chamber.database.inventory = {ours};
    chamber.clock.advance(Seconds{2});
    if (chamber.told == 2) chamber.stop.request_stop();
  };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.told == 2);
  CHECK(chamber.database.rows.begin()->second.resolved_at);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 1);
  CHECK(chamber.metrics.alerts_info.Value() == 0);
}

Verdict overturned(int row) {
  Verdict verdict;
  verdict.row = row;
  verdict.event_id = "another";
  verdict.severity = Severity::suspicious;
  verdict.reason = Reason::serial_conflict;
  verdict.matched = "[]";
  return verdict;
}

TEST_CASE("what recording overturned is told, and counts as the verdict that it is") {
  Chamber chamber;
  chamber.store.overturned_by_recording = {overturned(7), overturned(8)};
  chamber.on_told = [&] { chamber.stop.request_stop(); };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.told == 1);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 2);
  CHECK(chamber.metrics.alerts_info.Value() == 0);
}

TEST_CASE("so is what a late look at the inventory overturned: it is no resolution") {
  Chamber chamber;
  chamber.store.overturned_by_resolution = {overturned(7)};
  chamber.on_told = [&] { chamber.stop.request_stop(); };
  chamber.run();
  CHECK(chamber.told == 1);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 1);
}

TEST_CASE("without a resolve window nobody looks for late inventory") {
  Chamber chamber;
  chamber.options.resolve_window = Seconds{0};
  chamber.store.on_judge_due = [&](int call) {
    chamber.clock.advance(Seconds{3});
    if (call == 4) chamber.stop.request_stop();
  };
  chamber.run();
  CHECK(chamber.store.resolutions == 0);
}

TEST_CASE("an outage that is over does not slow down the verdicts of the next") {
  Chamber chamber;
  chamber.fail("judge_due", FakeFailure::When::before_effect, 8);
  chamber.store.on_judge_due = [&](int call) {
    if (call == 10) chamber.fail("judge_due", FakeFailure::When::before_effect, 1);
    chamber.clock.advance(Seconds{2});  // so that the look for late inventory comes next
  };
  chamber.store.on_resolve_late = [&](int) {
    if (chamber.store.judgements < 10) return chamber.clock.advance(Seconds{5});
    // The first wait of a new outage, and no more; two turns to ask in.
    if (chamber.store.judgements == 10) chamber.clock.advance(Seconds{0.1});
    chamber.push(1);
  };
  chamber.store.on_record = [&](int call) {
    if (call == 1) chamber.push(2);
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.run();
  CHECK(chamber.store.judgements >= 11);
}

TEST_CASE("a stop records what is queued") {
  Chamber chamber;
  for (int number = 0; number < 100; ++number) chamber.push(number);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 100);
  CHECK(chamber.store.batches == std::vector<std::size_t>{64, 36});
  CHECK(chamber.lost_and_found.str().empty());
}

TEST_CASE("a connection that had died before the stop costs nothing") {
  Chamber chamber;
  chamber.fail("record", FakeFailure::When::before_effect, 1);
  for (int number = 0; number < 100; ++number) chamber.push(number);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 100);
  CHECK(chamber.dropped(DropReason::shutdown) == 0);
}

TEST_CASE("what cannot be recorded before the end is written out, a JSON object a line") {
  Chamber chamber;
  chamber.fail("record", FakeFailure::When::before_effect, 1000);
  chamber.store.on_record = [&](int call) {
    if (call == 1) chamber.push(2);
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.push(1);
  CHECK(chamber.run() == 2);
  CHECK(chamber.dropped(DropReason::shutdown) == 2);
  const std::string text = chamber.lost_and_found.str();
  CHECK(lines(text) == 2);
  std::istringstream all(text);
  int number = 0;
  for (std::string line; std::getline(all, line);) {
    INFO(line);
    CHECK(line.starts_with(R"({"unrecorded":{")"));
    CHECK(line.ends_with("}}"));
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring(R"("fingerprint_sha1":")" +
                                                        fingerprint(++number) + '"'));
  }
}

TEST_CASE("the end comes in time, however long the queue is") {
  Chamber chamber;
  for (int number = 0; number < 200; ++number) chamber.push(number);
  chamber.stop.request_stop();
  chamber.options.farewell = Seconds{2};
  chamber.store.on_record = [&](int) { chamber.clock.advance(Seconds{1}); };
  CHECK(chamber.run() == 72);
  CHECK(chamber.database.rows.size() == 128);
  CHECK(lines(chamber.lost_and_found.str()) == 72);
}

TEST_CASE("a match that has nothing to be recognised by is counted, the next one recorded") {
  Chamber chamber;
  Match nobody = chamber.match(1);
  nobody.sighting.fingerprint_sha1.clear();
  nobody.sighting.serial_number.reset();
  chamber.push(std::move(nobody));
  Match garbled = chamber.match(2);
  garbled.sighting.as_der_base64 = "MAA=";
  chamber.push(std::move(garbled));
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 1);
  CHECK(chamber.undecodable(UndecodableReason::no_identity) == 1);
  CHECK(chamber.undecodable(UndecodableReason::unreadable_der) == 1);
}

TEST_CASE("the delay from message to record is measured") {
  Chamber chamber;
  chamber.push(1);
  chamber.clock.advance(Seconds{3});
  chamber.stop.request_stop();
  chamber.run();
  CHECK(chamber.metrics.alert_delay.Collect().histogram.sample_sum == 3);
}

}  // namespace
}  // namespace certwatch
