#include "pipeline/watcher.h"

#include <map>

#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

class Desk {
 public:
  explicit Desk(QueueBounds bounds = {10, 1U << 20}) : queue(bounds) {}

  FakeClock clock;
  CurrentWatchList current;
  MatchQueue queue;
  LogPositions positions;
  Metrics metrics{"1.0.0", "abc"};
  log::Damper damper{clock};
  LastCertificate last_certificate;
  Watcher watcher{{current, queue, positions, metrics, damper, last_certificate}};

  void watch(const std::vector<std::string>& entries) {
    WatchListBuilder builder;
    for (const std::string& entry : entries) builder.add(entry);
    current.replace(std::make_shared<const WatchList>(std::move(builder).build()));
  }

  void take(std::string text) {
    const std::size_t size = text.size();
    text.resize(size + message_padding);
    watcher.take({text.data(), size, clock.system_now(), clock.steady_now()});
  }

  std::vector<Match> queued() { return queue.take(100, std::chrono::nanoseconds(0), {}); }

  double messages(MessageType type) const {
    return metrics.messages[static_cast<std::size_t>(type)]->Value();
  }
  double undecodable(UndecodableReason reason) const {
    return metrics.undecodable[static_cast<std::size_t>(reason)]->Value();
  }
  double queue_full() const {
    return metrics.dropped_matches[static_cast<std::size_t>(DropReason::queue_full)]->Value();
  }
};

std::string update(const std::string& names, std::uint64_t index = 7) {
  return R"({"message_type":"certificate_update","data":{"cert_index":)" + std::to_string(index) +
         R"(,"source":{"name":"A Log","url":"https://log.example/"},"leaf_cert":{)"
         R"("fingerprint":"AB:CD","all_domains":[)" +
         names + "]}}}";
}

TEST_CASE("a message that hits is handed over with all that hit, sorted, without repeats") {
  Desk desk;
  desk.watch({"example.org", "example.com", "example.net"});
  desk.take(update(R"("www.example.org","other.test","example.com","WWW.example.org",)"
                   R"("www.example.org")"));
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 1);
  const Match& match = queued.front();
  CHECK(match.entries == std::vector<std::string>{"example.com", "example.org"});
  CHECK(match.sans ==
        std::vector<std::string>{"WWW.example.org", "example.com", "www.example.org"});
  CHECK(match.sighting.fingerprint_sha1 == "abcd");
  CHECK(match.sighting.names.size() == 5);
  CHECK(match.sighting.received_steady == desk.clock.steady_now());
  CHECK(desk.metrics.matches.Value() == 1);
  CHECK(desk.queue_full() == 0);
}

TEST_CASE("a message that hits nothing hands nothing over") {
  const char* names = GENERATE("", R"("other.test")", R"("notexample.org")",
                               R"("example.org.evil.test")", "17,null");
  Desk desk;
  desk.watch({"example.org"});
  desk.take(update(names));
  CHECK(desk.queued().empty());
  CHECK(desk.metrics.matches.Value() == 0);
  CHECK(desk.messages(MessageType::certificate_update) == 1);
  CHECK(desk.metrics.last_ct_event.Value() == unix_seconds(desk.clock.system_now()));
  CHECK(desk.last_certificate.time() == desk.clock.system_now());
}

TEST_CASE("before there is a list nothing is handed over, and an empty one hits nothing") {
  Desk desk;
  desk.take(update(R"("example.org")"));
  CHECK(desk.queued().empty());
  desk.watch({});
  desk.take(update(R"("example.org")"));
  CHECK(desk.queued().empty());
  desk.watch({"example.org"});
  desk.take(update(R"("example.org")"));
  CHECK(desk.queued().size() == 1);
  CHECK(desk.messages(MessageType::certificate_update) == 3);
}

TEST_CASE("a list that is replaced decides from the next message on") {
  Desk desk;
  desk.watch({"example.org"});
  desk.take(update(R"("example.org")"));
  desk.watch({"example.com"});
  desk.take(update(R"("example.org")"));
  desk.take(update(R"("example.com")"));
  const std::vector<Match> queued = desk.queued();
  REQUIRE(queued.size() == 2);
  CHECK(queued[0].entries == std::vector<std::string>{"example.org"});
  CHECK(queued[1].entries == std::vector<std::string>{"example.com"});
}

TEST_CASE("a match that finds the queue full is counted as lost; those that wait are kept") {
  Desk desk({2, 1U << 20});
  desk.watch({"example.org"});
  for (int i = 0; i < 5; ++i) desk.take(update(R"("example.org")"));
  CHECK(desk.queue_full() == 3);
  CHECK(desk.metrics.matches.Value() == 5);
  CHECK(desk.queued().size() == 2);
  desk.take(update(R"("example.org")"));
  CHECK(desk.queue_full() == 3);
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("the queue's bound of bytes holds for what is long") {
  Desk desk({10, 8192});
  desk.watch({"example.org"});
  const std::string longer = update('"' + std::string(9000, 'a') + R"(.example.org")");
  desk.take(update(R"("example.org")"));
  desk.take(longer);
  CHECK(desk.queue_full() == 1);
  CHECK(desk.queued().size() == 1);
  // By itself it passes.
  desk.take(longer);
  CHECK(desk.queue_full() == 1);
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("what cannot be understood is counted by its reason and costs nothing else") {
  struct Case {
    const char* text;
    UndecodableReason reason;
  };
  const Case one =
      GENERATE(Case{"{\"message_type\":\"certificate_update\"", UndecodableReason::invalid_json},
               Case{"{\"message_type\":\"\xff\"}", UndecodableReason::invalid_utf8},
               Case{"[1]", UndecodableReason::not_an_object}, Case{"", UndecodableReason::empty});
  INFO(one.text);
  Desk desk;
  desk.watch({"example.org"});
  desk.take(one.text);
  desk.take(update(R"("example.org")"));
  CHECK(desk.undecodable(one.reason) == 1);
  double all = 0;
  for (const auto* counter : desk.metrics.undecodable) all += counter->Value();
  CHECK(all == 1);
  CHECK(desk.messages(MessageType::certificate_update) == 1);
  CHECK(desk.queued().size() == 1);
}

TEST_CASE("messages are counted by type, and only a certificate is one") {
  struct Case {
    const char* text;
    MessageType type;
  };
  const Case one = GENERATE(
      Case{R"({"message_type":"heartbeat","timestamp":1})", MessageType::heartbeat},
      Case{R"({"message_type":"dns_entries","data":["example.org"]})", MessageType::dns_entries},
      Case{R"({"message_type":"news","data":{"leaf_cert":{"all_domains":["example.org"]}}})",
           MessageType::other},
      Case{R"({"data":{"leaf_cert":{"all_domains":["example.org"]}}})", MessageType::unknown});
  INFO(one.text);
  Desk desk;
  desk.watch({"example.org"});
  desk.take(one.text);
  CHECK(desk.messages(one.type) == 1);
  CHECK(desk.messages(MessageType::certificate_update) == 0);
  CHECK(desk.metrics.last_ct_event.Value() == 0);
  CHECK_FALSE(desk.last_certificate.time());
  CHECK(desk.queued().empty());
}

TEST_CASE("an index that cannot belong to its log is not followed, and told of") {
  log::configure(log::Level::warning, log::Format::text);
  Desk desk;
  desk.take(update("", 7));
  CapturedStderr captured;
  desk.take(update("", 900'000'000'000));
  const std::string text = captured.text();
  CHECK(text.find("not followed") != std::string::npos);
  CHECK(text.find("https://log.example/") != std::string::npos);
}

TEST_CASE("a jump of cert_index is noticed, whether the names hit or not, and without a list") {
  Desk desk;
  desk.take(update(R"("other.test")", 10));
  desk.watch({"example.org"});
  desk.take(update(R"("other.test")", 11));
  desk.take(update(R"("example.org")", 15));
  desk.take(update("", 13));
  std::map<std::string, std::uint64_t> missed;
  desk.positions.settle(
      desk.clock.steady_now() + LogPositions::settle_time,
      [&](std::string_view log, std::uint64_t entries) { missed[std::string(log)] += entries; });
  CHECK(missed == std::map<std::string, std::uint64_t>{{"https://log.example/", 2}});
}

}  // namespace
}  // namespace certwatch
