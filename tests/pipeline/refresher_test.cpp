#include "pipeline/refresher.h"

#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fake_stores.h"
#include "support/is_hit.h"

namespace certwatch {
namespace {

// Lets a test act before each visit; the refresher runs on the test's own thread, and is stopped
// from here.
class ObservedSource final : public WatchSource {
 public:
  explicit ObservedSource(FakeDatabase& database) : fake_(database) {}

  std::function<void(int call)> on_visit = [](int) {};
  int visits = 0;

  StoreResult<void> visit(const EntryVisitor& visitor) override {
    on_visit(++visits);
    return fake_.visit(visitor);
  }

 private:
  FakeWatchSource fake_;
};

class Room {
 public:
  FakeDatabase database;
  ObservedSource source{database};
  FakeClock clock;
  CurrentWatchList current;
  Metrics metrics{"1.0.0", "abc"};
  StoreHealth health{metrics, clock};
  WatchBoard board{Seconds{60}, clock.steady_now()};
  std::stop_source stop;
  int loaded = 0;
  std::function<void()> on_loaded = [] {};
  Nudge at_once;

  void run(Seconds interval = Seconds{0}) {
    LifeSign life("refresher", clock);
    const auto first_list_loaded = [this] {
      ++loaded;
      on_loaded();
    };
    Refresher refresher(interval, {source, current, board, metrics, health, clock, life,
                                   first_list_loaded, at_once});
    refresher.run(stop.get_token());
  }

  void fail(FakeFailure::When when, int after, int times) {
    FakeFailure failure;
    failure.operation = "visit";
    failure.when = when;
    failure.after = after;
    failure.times = times;
    database.fail(failure);
  }

  WatchBoard::State state() const { return board.state(clock.steady_now()); }
  bool watches(std::string_view name) const { return is_hit(*current.get(), name); }
};

TEST_CASE("the first list is told of once, when it is in force") {
  Room room;
  room.database.watch_list = {"example.org"};
  room.on_loaded = [&] {
    REQUIRE(room.current.get() != nullptr);
    CHECK(room.watches("www.example.org"));
    CHECK(room.state().ok);
    CHECK(room.metrics.watch_entries.Value() == 1);
  };
  room.source.on_visit = [&](int call) {
    if (call == 4) room.stop.request_stop();
  };
  room.run();
  CHECK(room.loaded == 1);
  CHECK(room.metrics.watch_refreshed.Value() == unix_seconds(room.clock.system_now()));
}

TEST_CASE("who is asked to refreshes at once, however long the interval is") {
  Room room;
  room.database.watch_list = {"example.org"};
  room.source.on_visit = [&](int call) {
    // As if somebody asked in the pause that follows.
    call < 3 ? room.at_once.give() : (void)room.stop.request_stop();
  };
  room.run(Seconds{86400});
  CHECK(room.source.visits == 3);
}

TEST_CASE("until a list could be read nothing is told, and a list cut short is none") {
  Room room;
  room.database.watch_list = {"example.org", "example.com"};
  room.fail(GENERATE(FakeFailure::When::before_effect, FakeFailure::When::after_effect), 0, 2);
  room.source.on_visit = [&](int call) {
    CHECK(room.loaded == 0);
    CHECK(room.current.get() == nullptr);
    CHECK_FALSE(room.state().ok);
    if (call == 3) room.stop.request_stop();
  };
  room.run();
  CHECK(room.loaded == 1);
  CHECK(room.state().ok);
  CHECK(room.metrics.store_errors.Value() == 2);
}

TEST_CASE("a refresh that fails keeps the last list, and says so") {
  Room room;
  room.database.watch_list = {"example.org"};
  const auto when = GENERATE(FakeFailure::When::before_effect, FakeFailure::When::after_effect);
  room.fail(when, 1, 1);
  std::shared_ptr<const WatchList> first;
  room.source.on_visit = [&](int call) {
    if (call != 2) return;
    first = room.current.get();
    room.database.watch_list = {"example.com"};
    room.stop.request_stop();
  };
  room.run();
  CHECK(room.current.get() == first);
  CHECK(room.watches("example.org"));
  CHECK(room.state().why == "the last refresh failed: failed on purpose");
  CHECK(room.state().ok);
  CHECK_FALSE(room.health.state().up);
  room.clock.advance(Seconds{181});
  CHECK_FALSE(room.state().ok);
}

TEST_CASE("the list that was there before a failure is replaced once it can be read") {
  Room room;
  room.database.watch_list = {"example.org"};
  room.fail(FakeFailure::When::before_effect, 1, 1);
  room.source.on_visit = [&](int call) {
    if (call == 2) room.database.watch_list = {"example.com"};
    if (call == 4) room.stop.request_stop();
  };
  room.run();
  CHECK(room.watches("example.com"));
  CHECK(room.state().why.empty());
  CHECK(room.health.state().up);
}

TEST_CASE("the log tells of a list, and of what cannot be watched, when it has changed") {
  log::configure(log::Level::info, log::Format::text);
  Room room;
  room.database.watch_list = {"example.org", "org", std::nullopt};
  SystemTime last;
  room.source.on_visit = [&](int call) {
    if (call == 4) room.database.watch_list = {"example.org", "com", std::nullopt};
    room.clock.advance(Seconds{60});
    last = room.clock.system_now();
    if (call == 5) room.stop.request_stop();
  };
  CapturedStderr captured;
  room.run();
  const std::string text = captured.text();
  const auto lines_with = [&text](std::string_view what) {
    int lines = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++lines;
    return lines;
  };
  CHECK(lines_with("watch list loaded") == 2);
  CHECK(lines_with("invalid watch entry skipped fqdn=org") == 1);
  CHECK(lines_with("invalid watch entry skipped fqdn=com") == 1);
  CHECK(lines_with("invalid watch entry skipped fqdn=NULL") == 2);
  CHECK(lines_with("invalid watch entries are not watched invalid=2") == 2);
  CHECK(room.metrics.watch_refreshed.Value() == unix_seconds(last));
}

TEST_CASE("a list that has changed is in force whole") {
  Room room;
  room.database.watch_list = {"example.org"};
  room.source.on_visit = [&](int call) {
    if (call == 2) room.database.watch_list = {"example.com", "example.net"};
    if (call == 3) room.stop.request_stop();
  };
  room.run();
  CHECK_FALSE(room.watches("example.org"));
  CHECK(room.watches("example.com"));
  CHECK(room.watches("example.net"));
  CHECK(room.metrics.watch_entries.Value() == 2);
  CHECK(room.state().entries == 2);
}

TEST_CASE("what cannot be watched is skipped and the rest is watched") {
  Room room;
  room.database.watch_list = {std::nullopt, "", "org", "a..org", "*.*.example.org", "Example.ORG."};
  room.source.on_visit = [&](int) { room.stop.request_stop(); };
  room.run();
  CHECK(room.current.get()->size() == 1);
  CHECK(room.watches("example.org"));
  CHECK(room.metrics.watch_entries.Value() == 1);
}

TEST_CASE("a list that shrinks is applied, and said for an hour") {
  Room room;
  room.database.watch_list = {"a.example", "b.example", "c.example"};
  room.source.on_visit = [&](int call) {
    if (call == 2) room.database.watch_list = {"a.example"};
    if (call == 4) {
      CHECK(room.metrics.watch_list_shrunk.Value() == 1);
      CHECK_FALSE(room.state().ok);
      CHECK(room.state().why == "shrunk from 3 entries to 1 entry");
      CHECK_FALSE(room.watches("b.example"));
      room.clock.advance(WatchHealth::remark_for);
    }
    if (call == 5) room.stop.request_stop();
  };
  room.run();
  CHECK(room.metrics.watch_list_shrunk.Value() == 0);
  CHECK(room.state().ok);
}

TEST_CASE("an empty list is in force, and not well") {
  Room room;
  room.source.on_visit = [&](int call) {
    if (call == 1) room.stop.request_stop();
  };
  room.run();
  CHECK(room.loaded == 1);
  CHECK(room.current.get()->size() == 0);
  CHECK_FALSE(room.state().ok);
  CHECK(room.state().why == "empty");
}

}  // namespace
}  // namespace certwatch
