#include "feed/certstream/certstream_entries.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/base64.h"
#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/certificate_builder.h"
#include "support/fake_clock.h"

namespace certwatch {
namespace {

using Names = std::vector<std::string>;

// Messages go in, and what comes out is looked at.
class Bench final : public EntrySink {
 public:
  FakeClock clock;
  Metrics metrics{"1.0.0", "abc"};
  LogPositions positions;
  log::Damper damper{clock};
  CertstreamEntries entries{metrics, positions, damper};

  std::vector<Names> names;
  std::vector<Result<Sighting>> sightings;
  bool reads = false;

  void take(Entry& entry) override {
    CHECK(entry.received_at() == clock.system_now());
    names.emplace_back(entry.names().begin(), entry.names().end());
    if (reads) sightings.push_back(entry.read());
  }
  void receive(std::string text) {
    const std::size_t size = text.size();
    text.resize(size + message_padding);
    entries.take({text.data(), size, clock.system_now(), clock.steady_now()}, *this);
  }

  double messages(MessageType type) const {
    return metrics.messages[static_cast<std::size_t>(type)]->Value();
  }
  double undecodable(UndecodableReason reason) const {
    return metrics.undecodable[static_cast<std::size_t>(reason)]->Value();
  }
  double all_undecodable() const {
    double all = 0;
    for (const auto* counter : metrics.undecodable) all += counter->Value();
    return all;
  }
};

std::string update(const std::string& leaf, std::uint64_t index = 7) {
  return R"({"message_type":"certificate_update","data":{"cert_index":)" + std::to_string(index) +
         R"(,"source":{"name":"A Log","url":"https://log.example/"},"leaf_cert":{)" + leaf + "}}}";
}
const std::string example = R"("all_domains":["b.example","a.example","b.example"])";

TEST_CASE("a certificate is handed over with its names, as they stand") {
  Bench bench;
  bench.receive(update(example));
  CHECK(bench.names == std::vector<Names>{{"b.example", "a.example", "b.example"}});
  CHECK(bench.messages(MessageType::certificate_update) == 1);
  CHECK(bench.all_undecodable() == 0);
}

TEST_CASE("everything else of it is read where it is asked for") {
  Bench bench;
  bench.reads = true;
  bench.receive(update(R"("serial_number":"0A",)" + example));
  REQUIRE(bench.sightings.size() == 1);
  const Sighting& sighting = bench.sightings.front().value();
  CHECK(sighting.claimed.serial == "0A");
  CHECK(sighting.claimed.names == bench.names.front());
  CHECK(sighting.message.source_name == "A Log");
  CHECK(sighting.received_at == bench.clock.system_now());
  CHECK(sighting.received_steady == bench.clock.steady_now());
  CHECK(bench.all_undecodable() == 0);
}

TEST_CASE("messages are counted by type, and only a certificate is handed over") {
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
  Bench bench;
  bench.receive(one.text);
  CHECK(bench.messages(one.type) == 1);
  CHECK(bench.messages(MessageType::certificate_update) == 0);
  CHECK(bench.names.empty());
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
  Bench bench;
  bench.receive(one.text);
  bench.receive(update(example));
  CHECK(bench.undecodable(one.reason) == 1);
  CHECK(bench.all_undecodable() == 1);
  CHECK(bench.messages(MessageType::certificate_update) == 1);
  CHECK(bench.names.size() == 1);
}

TEST_CASE("DER that is none is counted where the entry is read, which has the rest") {
  Bench bench;
  const std::string broken = update(R"("as_der":"AAAA",)" + example);
  bench.receive(broken);
  CHECK(bench.all_undecodable() == 0);
  bench.reads = true;
  bench.receive(broken);
  CHECK(bench.undecodable(UndecodableReason::unreadable_der) == 1);
  CHECK(bench.sightings.front().value().der == DerState::unreadable);
  bench.receive(
      update("\"as_der\":\"" + to_base64(build::Parts().certificate()) + "\"," + example));
  CHECK(bench.all_undecodable() == 1);
}

TEST_CASE("a message that is too long to be kept whole is counted once, and told of") {
  log::configure(log::Level::warning, log::Format::text);
  Bench bench;
  bench.reads = true;
  const std::string longer(longest_text + 1, 'x');
  CapturedStderr captured;
  bench.receive(update(R"("serial_number":")" + longer + R"(","issuer":{"O":")" + longer +
                       R"("},)" + example));
  CHECK(bench.undecodable(UndecodableReason::cut) == 1);
  CHECK(bench.all_undecodable() == 1);
  CHECK(bench.sightings.front().value().message.issuer_o == longer.substr(1));
  CHECK(captured.text().find("too long to be kept whole") != std::string::npos);
}

TEST_CASE("an index that cannot belong to its log is not followed, and told of") {
  log::configure(log::Level::warning, log::Format::text);
  Bench bench;
  bench.receive(update("", 7));
  CapturedStderr captured;
  bench.receive(update("", 900'000'000'000));
  const std::string text = captured.text();
  CHECK(text.find("not followed") != std::string::npos);
  CHECK(text.find("https://log.example/") != std::string::npos);
}

TEST_CASE("a jump of cert_index is noticed, whatever the certificate is for") {
  Bench bench;
  bench.receive(update(example, 10));
  bench.receive(update(example, 11));
  bench.receive(update("", 15));
  bench.receive(update("", 13));
  std::map<std::string, std::uint64_t> missed;
  bench.positions.settle(
      bench.clock.steady_now() + LogPositions::settle_time,
      [&](std::string_view log, std::uint64_t entries) { missed[std::string(log)] += entries; });
  CHECK(missed == std::map<std::string, std::uint64_t>{{"https://log.example/", 2}});
}

}  // namespace
}  // namespace certwatch
