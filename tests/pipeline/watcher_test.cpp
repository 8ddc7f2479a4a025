#include "pipeline/watcher.h"

#include <algorithm>
#include <iterator>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

using Names = std::vector<std::string>;

// An entry that says what a test wants it to.
class MadeEntry final : public Entry {
 public:
  explicit MadeEntry(Names names) : names_(std::move(names)) {
    views_.assign(names_.begin(), names_.end());
    sighting.claimed.names = names_;
  }

  std::span<const std::string_view> names() const override { return views_; }
  SystemTime received_at() const override { return sighting.received_at; }
  Result<Sighting> read() override {
    ++reads;
    // As the contract has it: views of names end here.
    for (std::string& name : names_) std::fill(name.begin(), name.end(), '!');
    if (is_broken) return failure("broken");
    return sighting;
  }

  // With DER that is for these names.
  MadeEntry& with_der(Names names) {
    sighting.der = DerState::read;
    sighting.computed.emplace().names = std::move(names);
    return *this;
  }

  Sighting sighting;
  bool is_broken = false;
  int reads = 0;

 private:
  Names names_;
  std::vector<std::string_view> views_;
};

class Desk {
 public:
  explicit Desk(QueueBounds bounds = {10, 1U << 20}) : queue(bounds) {}

  FakeClock clock;
  CurrentWatchList current;
  MatchQueue queue;
  Metrics metrics{"1.0.0", "abc"};
  log::Damper damper{clock};
  LastCertificate last_certificate;
  Watcher watcher{{current, queue, metrics, damper, last_certificate}};

  void watch(const std::vector<std::string>& entries) {
    WatchListBuilder builder;
    for (const std::string& entry : entries) builder.add(entry);
    current.replace(std::make_shared<const WatchList>(std::move(builder).build()));
  }

  // How often the entry was read.
  int take(MadeEntry entry) {
    entry.sighting.received_at = clock.system_now();
    watcher.take(entry);
    return entry.reads;
  }
  int take(Names names) { return take(MadeEntry(std::move(names))); }

  std::vector<Match> queued() { return queue.take(100, std::chrono::nanoseconds(0), {}); }

  double undecodable(UndecodableReason reason) const {
    return metrics.undecodable[static_cast<std::size_t>(reason)]->Value();
  }
  double dropped(DropReason reason) const {
    return metrics.dropped_matches[static_cast<std::size_t>(reason)]->Value();
  }
};

TEST_CASE("an entry that hits is handed over with all that hit, sorted, without repeats") {
  Desk desk;
  desk.watch({"example.org", "example.com", "example.net"});
  const Names names{"www.example.org", "other.test", "example.com", "WWW.example.org",
                    "www.example.org"};
  CHECK(desk.take(names) == 1);
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 1);
  const Match& match = queued.front();
  CHECK(match.entries == Names{"example.com", "example.org"});
  CHECK(match.sans == Names{"WWW.example.org", "example.com", "www.example.org"});
  CHECK(match.sighting.claimed.names == names);
  CHECK(desk.metrics.matches.Value() == 1);
  CHECK(desk.dropped(DropReason::queue_full) == 0);
}

TEST_CASE("an entry that hits nothing is not read") {
  const Names names = GENERATE(Names{}, Names{"other.test"}, Names{"notexample.org"},
                               Names{"example.org.evil.test"});
  Desk desk;
  desk.watch({"example.org"});
  CHECK(desk.take(MadeEntry(names).with_der({"example.org"})) == 0);
  CHECK(desk.queued().empty());
  CHECK(desk.metrics.matches.Value() == 0);
  CHECK(desk.metrics.last_ct_event.Value() == unix_seconds(desk.clock.system_now()));
  CHECK(desk.last_certificate.time() == desk.clock.system_now());
}

TEST_CASE("before there is a list nothing is handed over, and an empty one hits nothing") {
  Desk desk;
  desk.take({"example.org"});
  CHECK(desk.queued().empty());
  CHECK(desk.last_certificate.time() == desk.clock.system_now());
  desk.watch({});
  desk.take({"example.org"});
  CHECK(desk.queued().empty());
  desk.watch({"example.org"});
  desk.take({"example.org"});
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("a list that is replaced decides from the next entry on") {
  Desk desk;
  desk.watch({"example.org"});
  desk.take({"example.org"});
  desk.watch({"example.com"});
  desk.take({"example.org"});
  desk.take({"example.com"});
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 2);
  CHECK(queued[0].entries == Names{"example.org"});
  CHECK(queued[1].entries == Names{"example.com"});
}

TEST_CASE("what the DER is for is reported with what the message says") {
  Desk desk;
  desk.watch({"example.org", "example.com"});
  desk.take(MadeEntry({"www.example.org", "other.test"})
                .with_der({"www.example.org", "api.example.com", "another.test"}));
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 1);
  CHECK(queued[0].entries == Names{"example.com", "example.org"});
  CHECK(queued[0].sans == Names{"api.example.com", "www.example.org"});
  CHECK(queued[0].sighting.der == DerState::read);
  CHECK(queued[0].sighting.computed.has_value());
  CHECK(desk.undecodable(UndecodableReason::unwatched_der) == 0);
}

TEST_CASE("DER of which no name is watched is not believed, and counted") {
  Desk desk;
  desk.watch({"example.org"});
  const Names of_der = GENERATE(Names{"other.test"}, Names{});
  desk.take(MadeEntry({"www.example.org"}).with_der(of_der));
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 1);
  CHECK(queued[0].sans == Names{"www.example.org"});
  CHECK(queued[0].sighting.der == DerState::unwatched);
  CHECK_FALSE(queued[0].sighting.computed.has_value());
  CHECK(desk.undecodable(UndecodableReason::unwatched_der) == 1);
}

TEST_CASE("a match that cannot be read is counted as lost for that reason, and no other") {
  Desk desk;
  desk.watch({"example.org"});
  MadeEntry broken({"example.org"});
  broken.is_broken = true;
  desk.take(std::move(broken));
  CHECK(desk.metrics.matches.Value() == 1);
  CHECK(desk.dropped(DropReason::undecodable) == 1);
  CHECK(desk.dropped(DropReason::refused) == 0);
  CHECK(desk.queued().empty());
}

TEST_CASE("a match that finds the queue full is counted as lost; those that wait are kept") {
  Desk desk({2, 1U << 20});
  desk.watch({"example.org"});
  for (int i = 0; i < 5; ++i) desk.take({"example.org"});
  CHECK(desk.dropped(DropReason::queue_full) == 3);
  CHECK(desk.metrics.matches.Value() == 5);
  CHECK(desk.queued().size() == 2);
  desk.take({"example.org"});
  CHECK(desk.dropped(DropReason::queue_full) == 3);
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("the queue's bound of bytes holds for what is long") {
  Desk desk({10, 8192});
  desk.watch({"example.org"});
  const std::string longer = std::string(9000, 'a') + ".example.org";
  desk.take({"example.org"});
  desk.take({longer});
  CHECK(desk.dropped(DropReason::queue_full) == 1);
  CHECK(desk.queued().size() == 1);
  // By itself it passes.
  desk.take({longer});
  CHECK(desk.dropped(DropReason::queue_full) == 1);
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("every text that a match holds has its weight") {
  const std::string text(1000, 'x');
  using Put = void (*)(Match&, const std::string&);
  const Put puts[] = {
      [](Match& m, const std::string& t) { m.sighting.claimed.serial = t; },
      [](Match& m, const std::string& t) { m.sighting.claimed.sha1 = t; },
      [](Match& m, const std::string& t) { m.sighting.claimed.sha256 = t; },
      [](Match& m, const std::string& t) { m.sighting.claimed.names = {t}; },
      [](Match& m, const std::string& t) { m.sighting.computed.emplace().serial = t; },
      [](Match& m, const std::string& t) { m.sighting.computed.emplace().names = {t}; },
      [](Match& m, const std::string& t) { m.sighting.computed.emplace().tbs_sha256 = t; },
      [](Match& m, const std::string& t) { m.sighting.computed.emplace().spki_sha256 = t; },
      [](Match& m, const std::string& t) { m.sighting.message.update_type = t; },
      [](Match& m, const std::string& t) { m.sighting.message.cert_link = t; },
      [](Match& m, const std::string& t) { m.sighting.message.source_name = t; },
      [](Match& m, const std::string& t) { m.sighting.message.source_url = t; },
      [](Match& m, const std::string& t) { m.sighting.message.serial_number = t; },
      [](Match& m, const std::string& t) { m.sighting.message.issuer_o = t; },
      [](Match& m, const std::string& t) { m.sighting.message.issuer_cn = t; },
      [](Match& m, const std::string& t) { m.sighting.message.issuer_aggregated = t; },
      [](Match& m, const std::string& t) { m.sighting.message.all_sans_json = t; },
      [](Match& m, const std::string& t) { m.sighting.message.all_sans_storable_json = t; },
      [](Match& m, const std::string& t) { m.entries = {t}; },
      [](Match& m, const std::string& t) { m.sans = {t}; },
  };
  for (std::size_t i = 0; i < std::size(puts); ++i) {
    INFO("text " << i);
    Match match;
    puts[i](match, text);
    CHECK(weight(match) >= sizeof(Match) + text.size());
  }
}

TEST_CASE("names that hit are reported up to the bounds of a list") {
  Desk desk({10, 1U << 30});
  desk.watch({"example.org"});
  Names names;
  for (std::size_t i = 0; i < most_names + 5; ++i) {
    names.push_back("host-" + std::to_string(i) + ".example.org");
  }
  desk.take(names);
  desk.take({std::string(most_name_bytes, 'a') + ".example.org", "www.example.org"});
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 2);
  CHECK(queued[0].sans.size() == most_names);
  CHECK(queued[1].sans == Names{"www.example.org"});
  CHECK(queued[1].entries == Names{"example.org"});
}

}  // namespace
}  // namespace certwatch
