#include "pipeline/recorder.h"

#include <algorithm>
#include <sstream>

#include "classify/place.h"
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

// Passes calls on to the fake, and lets a test act when they come. The recorder runs on the test's
// own thread and is stopped from here: nothing is left to chance.
class ObservedStore final : public LedgerStore {
 public:
  explicit ObservedStore(FakeDatabase& database) : fake_(database) {}

  // Before the call of this number, from 1.
  std::function<void(int call)> on_change = [](int) {};
  // A batch that holds it is refused.
  std::string refused;
  // A batch that holds it takes too long.
  std::string too_slow;
  std::function<void()> on_too_slow = [] {};
  std::vector<std::size_t> batches;

  StoreResult<void> check_schema() override { return fake_.check_schema(); }
  StoreResult<ledger::Snapshot> look(const Identities& wanted) override {
    return fake_.look(wanted);
  }
  StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) override {
    batches.push_back(wanted.event_ids.size());
    on_change(static_cast<int>(batches.size()));
    const auto holds = [&wanted](const std::string& one) {
      return std::count(wanted.fingerprints.begin(), wanted.fingerprints.end(), one) > 0;
    };
    if (holds(refused)) return store_failure(StoreError::Kind::refused, "no such thing in here");
    if (holds(too_slow)) {
      on_too_slow();
      return store_failure(StoreError::Kind::too_slow, "cut short");
    }
    return fake_.change(wanted, decide);
  }
  StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) override {
    return fake_.pick_overdue(most);
  }
  StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                        std::size_t most) override {
    return fake_.pick_unresolved(window, after, most);
  }

 private:
  FakeLedgerStore fake_;
};

class Chamber {
 public:
  FakeDatabase database;
  ObservedStore store{database};
  FakeClock clock;
  MatchQueue queue{{1000, 1U << 30}};
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  std::string lost_and_found;
  std::stop_source stop;
  int told = 0;  // how often deliveries may have become due
  std::function<void()> on_told = [] {};
  std::vector<SteadyTime> expected;  // when verdicts will fall
  // After a batch that holds new rows without a verdict.
  std::function<void()> on_expected = [] {};
  Recorder::Options options;

  Match match(int number) const {
    Match made;
    Sighting& sighting = made.sighting;
    sighting.received_steady = clock.steady_now();
    sighting.claimed.sha1 = fingerprint(number);
    sighting.claimed.serial = std::to_string(number);
    sighting.claimed.not_before = 1000;
    sighting.claimed.not_after = 2000;
    sighting.claimed.names = {"www.example.org"};
    sighting.message.update_type = "X509LogEntry";
    sighting.message.issuer_o = "An Issuer";
    sighting.message.all_sans_json = R"(["www.example.org"])";
    sighting.message.all_sans_storable_json = R"(["www.example.org"])";
    made.entries = {"example.org"};
    made.sans = {"www.example.org"};
    return made;
  }

  // The precertificate of what match(number) is the certificate of.
  Match precertificate(int number) const {
    Match made = match(number);
    made.sighting.message.update_type = "PrecertLogEntry";
    made.sighting.claimed.is_precertificate = true;
    made.sighting.claimed.sha1 = fingerprint(number + 500);
    return made;
  }

  void push(Match match, std::size_t bytes = 1) { REQUIRE(queue.push(std::move(match), bytes)); }
  void push(int number) { push(match(number)); }

  // Until something stops it.
  std::size_t run() {
    log::Damper damper(clock);
    LifeSign life("recorder", clock);
    Recorder recorder(options, {store, queue, metrics, health, damper, clock, life,
                                [this] {
                                  ++told;
                                  on_told();
                                },
                                [this](SteadyTime time) {
                                  expected.push_back(time);
                                  on_expected();
                                },
                                [this](const std::string& line) { lost_and_found += line; }});
    return recorder.run(stop.get_token());
  }

  void fail(FakeFailure::When when, int times) {
    FakeFailure failure;
    failure.operation = "change";
    failure.when = when;
    failure.times = times;
    database.fail(failure);
  }

  // Stops the recorder when it has put so many rows on record.
  void stop_when_recorded(std::size_t rows) {
    on_expected = [this, rows] {
      if (database.rows.size() >= rows) stop.request_stop();
    };
  }

  double dropped(DropReason reason) const {
    return metrics.dropped_matches[static_cast<std::size_t>(reason)]->Value();
  }
  const FakeRow& row(std::int64_t number) const { return database.rows.at(number); }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("a match is on record before anybody is told of it") {
  Chamber chamber;
  chamber.options.grace = Seconds{0};
  chamber.database.announcements["webhook"] = {Importance::info, chamber.database.now};
  chamber.fail(FakeFailure::When::before_effect, 1);
  chamber.store.on_change = [&](int) {
    CHECK(chamber.told == 0);
    CHECK(chamber.metrics.alerts_suspicious.Value() == 0);
  };
  chamber.on_told = [&] {
    REQUIRE(chamber.database.rows.size() == 1);
    CHECK(chamber.row(1).issuance.severity == Severity::suspicious);
    REQUIRE(chamber.database.deliveries.size() == 1);
    CHECK(chamber.database.deliveries.at(1).event_id == chamber.row(1).issuance.event_id);
    chamber.stop.request_stop();
  };
  chamber.push(1);
  CHECK(chamber.run() == 0);
  CHECK(chamber.told == 1);
}

TEST_CASE("a store that fails before or after its effect has each match once") {
  const auto when = GENERATE(FakeFailure::When::before_effect, FakeFailure::When::after_effect);
  Chamber chamber;
  chamber.options.grace = Seconds{0};
  chamber.fail(when, 2);
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
  CHECK(lines(chamber.lost_and_found) == 1);
  CHECK_THAT(chamber.lost_and_found, Catch::Matchers::ContainsSubstring(fingerprint(3)));
}

TEST_CASE(
    "what the store refuses as it is goes on record with the barest content, and it is said") {
  log::configure(log::Level::warning, log::Format::text);
  Chamber chamber;
  // One for each of nine alerts: a few of them are told.
  for (int number = 1; number <= 9; ++number) {
    Match odd = chamber.match(number);
    odd.sighting.message.all_sans_storable_json = "[\"cut";
    chamber.push(std::move(odd));
  }
  chamber.stop_when_recorded(9);
  CapturedStderr captured;
  CHECK(chamber.run() == 0);
  const std::string text = captured.text();
  REQUIRE(chamber.database.rows.size() == 9);
  CHECK(chamber.row(1).content.sans == "[]");
  CHECK(chamber.row(1).content.fingerprint == fingerprint(1));
  CHECK(chamber.dropped(DropReason::refused) == 0);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("id=" + chamber.row(1).issuance.event_id));
  std::size_t warnings = 0;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) warnings += line.find("barest") != line.npos;
  CHECK(warnings == 5);
}

TEST_CASE("what a database that goes away between two alerts of a refused batch leaves is kept") {
  Chamber chamber;
  chamber.store.refused = fingerprint(2);
  // The batch, the first of its alerts.
  chamber.store.on_change = [&](int call) {
    if (call == 2) chamber.fail(FakeFailure::When::before_effect, 2);
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
  CHECK(lines(chamber.lost_and_found) == 1);
  CHECK_THAT(chamber.lost_and_found, Catch::Matchers::ContainsSubstring(fingerprint(3)));
}

TEST_CASE("a row that somebody keeps locked holds up only what belongs to it") {
  Chamber chamber;
  chamber.push(chamber.precertificate(1));
  std::size_t so_far = 0;
  chamber.on_expected = [&] {
    const std::size_t rows = chamber.database.rows.size();
    if (rows == 1) {
      chamber.database.locked_rows = {1};
      // Its certificate, which the row has to learn, among others.
      for (int number = 1; number <= 5; ++number) chamber.push(number);
    } else if (rows == 5) {
      so_far = chamber.store.batches.size();
      chamber.push(1);  // as another feed has it
      chamber.push(6);
    } else if (rows == 6) {
      chamber.database.locked_rows.clear();
      chamber.stop.request_stop();
    }
  };
  CHECK(chamber.run() == 0);
  // Together, each alone.
  CHECK(so_far == 7);
  // What shares the locked row is not asked for; then both that were set aside.
  CHECK(std::vector(chamber.store.batches.begin() + 7, chamber.store.batches.end()) ==
        std::vector<std::size_t>{1, 2});
  CHECK(chamber.row(1).issuance.claimed[Sort::certificate] ==
        std::vector<std::string>{fingerprint(1)});
  CHECK(chamber.metrics.repeats.Value() == 2);
  CHECK(chamber.lost_and_found.empty());
}

TEST_CASE("what was set aside is tried again, and recorded when it gets through") {
  Chamber chamber;
  chamber.store.too_slow = fingerprint(1);
  const SteadyTime begin = chamber.clock.steady_now();
  int number = 2;
  chamber.on_expected = [&] {
    if (chamber.database.rows.contains(4)) {
      chamber.stop.request_stop();
      return;
    }
    chamber.clock.advance(Seconds{6});
    if (chamber.clock.steady_now() - begin > std::chrono::seconds(12)) chamber.store.too_slow = "";
    chamber.push(number++);
  };
  chamber.push(1);
  chamber.push(number++);
  CHECK(chamber.run() == 0);
  // Two together, each alone; then another one and a retry every six seconds.
  CHECK(chamber.store.batches == std::vector<std::size_t>{2, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(chamber.row(4).issuance.claimed[Sort::certificate] ==
        std::vector<std::string>{fingerprint(1)});
}

TEST_CASE("a retry that takes long leaves the others nine tenths of the time") {
  Chamber chamber;
  chamber.store.too_slow = fingerprint(1);
  std::vector<SteadyTime> tries;
  chamber.store.on_too_slow = [&] {
    tries.push_back(chamber.clock.steady_now());
    chamber.clock.advance(Seconds{2});
  };
  int number = 2;
  chamber.on_expected = [&] {
    chamber.clock.advance(Seconds{6});
    if (number == 20) {
      chamber.stop.request_stop();
    } else {
      chamber.push(number++);
    }
  };
  chamber.push(1);
  chamber.push(number++);
  chamber.run();
  // Together, alone, again, again.
  REQUIRE(tries.size() >= 4);
  CHECK(tries[2] - tries[1] <= std::chrono::seconds(2 + 6));
  CHECK(tries[3] - tries[2] >= std::chrono::seconds(20));
}

TEST_CASE("while the database is away the queue fills, and all of it is recorded then") {
  Chamber chamber;
  chamber.fail(FakeFailure::When::before_effect, 3);
  chamber.store.on_change = [&](int call) {
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

TEST_CASE("a batch holds 64 matches at most, and 4 MiB where one is not larger by itself") {
  Chamber chamber;
  constexpr std::size_t mebibyte = 1U << 20;
  chamber.push(chamber.match(1), 3 * mebibyte);
  chamber.push(chamber.match(2), mebibyte);
  chamber.push(chamber.match(3), 1);
  chamber.push(chamber.match(4), 20 * mebibyte);
  for (int number = 5; number < 75; ++number) chamber.push(chamber.match(number), 1);
  chamber.stop_when_recorded(74);
  chamber.run();
  CHECK(chamber.store.batches == std::vector<std::size_t>{2, 1, 1, 64, 6});
}

TEST_CASE("a sighting that is on record as it is does not trouble the store again") {
  Chamber chamber;
  chamber.store.on_change = [&](int call) {
    if (call == 1) {
      chamber.push(1);
      chamber.push(2);
    }
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.store.batches == std::vector<std::size_t>{1, 1});
  CHECK(chamber.metrics.repeats.Value() == 1);
  CHECK(chamber.metrics.dedupe_cache_size.Value() == 2);
}

TEST_CASE("a sighting that was not committed is no repeat") {
  Chamber chamber;
  chamber.store.refused = fingerprint(1);
  chamber.store.on_change = [&](int call) {
    // As it is, in its barest form, and once more.
    if (call == 2) chamber.push(1);
    if (call == 3) chamber.store.refused.clear();
  };
  chamber.stop_when_recorded(1);
  chamber.push(1);
  chamber.run();
  CHECK(chamber.store.batches.size() == 3);
  CHECK(chamber.database.rows.size() == 1);
}

TEST_CASE("a sighting that adds something to what is on record is told to the store") {
  Chamber chamber;
  chamber.store.on_change = [&](int call) {
    if (call == 1) chamber.push(1);
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.push(chamber.precertificate(1));
  chamber.run();
  REQUIRE(chamber.database.rows.size() == 1);
  const Fingerprints& claimed = chamber.row(1).issuance.claimed;
  CHECK(claimed[Sort::precertificate] == std::vector<std::string>{fingerprint(501)});
  CHECK(claimed[Sort::certificate] == std::vector<std::string>{fingerprint(1)});
  CHECK(chamber.metrics.repeats.Value() == 1);
}

TEST_CASE("a verdict that a repeat brings about is counted, once") {
  Chamber chamber;
  InventoryCertificate ours;
  ours.fingerprint_sha1 = fingerprint(1);
  ours.serial = "1";
  ours.not_before = 1000;
  ours.not_after = 2000;
  chamber.store.on_change = [&](int call) {
    if (call != 2) return;
    CHECK(chamber.row(1).issuance.severity == Severity::pending);
    chamber.database.inventory = {ours};
  };
  chamber.on_expected = [&] { chamber.push(1); };
  chamber.on_told = [&] { chamber.stop.request_stop(); };
  chamber.push(chamber.precertificate(1));
  chamber.run();
  CHECK(chamber.row(1).issuance.severity == Severity::info);
  CHECK(chamber.told == 1);
  CHECK(chamber.metrics.alerts_info.Value() == 1);
}

TEST_CASE("it is said when the verdict on a new row will fall") {
  Chamber chamber;
  chamber.options.grace = Seconds{7};
  chamber.stop_when_recorded(1);
  chamber.push(1);
  chamber.run();
  CHECK(chamber.expected ==
        std::vector<SteadyTime>{chamber.clock.steady_now() + std::chrono::seconds(7)});
  CHECK(chamber.told == 0);
  CHECK(chamber.metrics.alerts_suspicious.Value() == 0);
}

TEST_CASE("an inventory that does not answer leaves a match pending, whatever the grace") {
  Chamber chamber;
  chamber.options.grace = Seconds{0};
  chamber.database.inventory_is_silent = true;
  chamber.stop_when_recorded(1);
  chamber.push(1);
  CHECK(chamber.run() == 0);
  CHECK(chamber.row(1).issuance.severity == Severity::pending);
}

TEST_CASE("more rows of one serial than are compared are counted") {
  Chamber chamber;
  for (std::size_t i = 0; i <= ledger::most_rows_of_a_key; ++i) {
    Identity identity;
    identity.tbs_sha256 = std::string(62, 'b') + std::to_string(10 + i);
    identity.serial_key = SerialKey{"1", 1000, 2000};
    FakeRow row;
    row.issuance = row_of(identity);
    row.issuance.id = chamber.database.next_row();
    row.issuance.event_id = random_uuid();
    row.issuance.severity = Severity::suspicious;
    chamber.database.rows.emplace(row.issuance.id, row);
  }
  chamber.on_expected = [&] { chamber.stop.request_stop(); };
  chamber.push(1);
  chamber.run();
  CHECK(chamber.metrics.crowded_matches.Value() == 1);
}

TEST_CASE("what a message claims otherwise than its DER is counted, by fact") {
  Chamber chamber;
  Match lie = chamber.match(1);
  lie.sighting.computed = lie.sighting.claimed;
  lie.sighting.computed->sha1 = fingerprint(2);
  lie.sighting.computed->names = {"www.example.org", "login.example.org"};
  lie.sighting.der = DerState::read;
  chamber.push(std::move(lie));
  chamber.stop.request_stop();
  chamber.run();
  const auto differ = [&](ClaimedFact fact) {
    return chamber.metrics.claims_differ[static_cast<std::size_t>(fact)]->Value();
  };
  CHECK(differ(ClaimedFact::fingerprint) == 1);
  CHECK(differ(ClaimedFact::names) == 1);
  CHECK(differ(ClaimedFact::serial) == 0);
  CHECK(differ(ClaimedFact::validity) == 0);
}

TEST_CASE("a stop records what is queued") {
  Chamber chamber;
  for (int number = 0; number < 100; ++number) chamber.push(number);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 100);
  CHECK(chamber.store.batches == std::vector<std::size_t>{64, 36});
  CHECK(chamber.lost_and_found.empty());
}

TEST_CASE("a connection that had died before the stop costs nothing") {
  Chamber chamber;
  chamber.fail(FakeFailure::When::before_effect, 1);
  for (int number = 0; number < 100; ++number) chamber.push(number);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 100);
  CHECK(chamber.dropped(DropReason::shutdown) == 0);
}

TEST_CASE("what cannot be recorded before the end is written out, a JSON object a line") {
  Chamber chamber;
  chamber.fail(FakeFailure::When::before_effect, 1000);
  chamber.store.on_change = [&](int call) {
    if (call == 1) chamber.push(2);
    if (call == 2) chamber.stop.request_stop();
  };
  chamber.push(1);
  CHECK(chamber.run() == 2);
  CHECK(chamber.dropped(DropReason::shutdown) == 2);
  const std::string text = chamber.lost_and_found;
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
  chamber.store.on_change = [&](int) { chamber.clock.advance(Seconds{1}); };
  CHECK(chamber.run() == 72);
  CHECK(chamber.database.rows.size() == 128);
  CHECK(lines(chamber.lost_and_found) == 72);
}

TEST_CASE("at the end, too, what takes too long costs only itself") {
  Chamber chamber;
  chamber.store.too_slow = fingerprint(3);
  for (int number = 0; number < 100; ++number) chamber.push(number);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 1);
  CHECK(chamber.database.rows.size() == 99);
  CHECK_THAT(chamber.lost_and_found, Catch::Matchers::ContainsSubstring(fingerprint(3)));
}

TEST_CASE("a match that has nothing to be recognised by is counted, the next one recorded") {
  Chamber chamber;
  Match nobody = chamber.match(1);
  nobody.sighting.claimed = {};
  chamber.push(std::move(nobody));
  chamber.push(2);
  chamber.stop.request_stop();
  CHECK(chamber.run() == 0);
  CHECK(chamber.database.rows.size() == 1);
  const auto reason = static_cast<std::size_t>(UndecodableReason::no_identity);
  CHECK(chamber.metrics.undecodable[reason]->Value() == 1);
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
