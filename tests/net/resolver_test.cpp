#include "net/resolver.h"

#include <netinet/in.h>

#include "support/catch.h"
#include "support/silent_name_service.h"

namespace certwatch {
namespace {

struct Waiting {
  MachineClock clock;
  std::stop_source stop;
  std::unique_ptr<StoppableWait> wait = *StoppableWait::make(stop.get_token(), clock);
  SteadyTime soon() const { return clock.steady_now() + std::chrono::seconds(10); }
};

TEST_CASE("a literal address needs no name service") {
  Waiting waiting;
  waiting.stop.request_stop();  // which would refuse to wait for one
  const auto v4 = Resolver("127.0.0.1", 8080).resolve(*waiting.wait, waiting.soon());
  REQUIRE(v4);
  REQUIRE(v4->size() == 1);
  CHECK(v4->front().storage.ss_family == AF_INET);
  const auto v6 = Resolver("::1", 8080).resolve(*waiting.wait, waiting.soon());
  REQUIRE(v6);
  REQUIRE(v6->front().storage.ss_family == AF_INET6);
  const auto& address = reinterpret_cast<const sockaddr_in6&>(v6->front().storage);
  CHECK(ntohs(address.sin6_port) == 8080);
}

TEST_CASE("a name is looked up, and can be again") {
  Waiting waiting;
  Resolver resolver("localhost", 80);
  for (int round = 0; round < 2; ++round) {
    const auto found = resolver.resolve(*waiting.wait, waiting.soon());
    REQUIRE(found);
    CHECK_FALSE(found->empty());
  }
}

TEST_CASE("a name that does not exist is an error") {
  Waiting waiting;
  // RFC 6761 section 6.4. Where there is no network the answer is another one.
  const auto found = Resolver("no-such-name.invalid", 80).resolve(*waiting.wait, waiting.soon());
  REQUIRE_FALSE(found);
  CHECK_THAT(found.error().message, Catch::Matchers::ContainsSubstring("name service"));
}

TEST_CASE("a stop ends the wait for the name service") {
  Waiting waiting;
  waiting.stop.request_stop();
  Resolver resolver("no-such-name.invalid", 80);
  const auto found = resolver.resolve(*waiting.wait, waiting.soon());
  REQUIRE_FALSE(found);
  CHECK(found.error().message == "stopped");
}

TEST_CASE(
    "a silent name service is given up at the deadline, waited for again, and left at the end") {
  Waiting waiting;
  {
    Resolver resolver("db.silent", 80);
    CHECK_FALSE(resolver.is_looking());
    for (int round = 0; round < 3; ++round) {
      const auto found = resolver.resolve(*waiting.wait, waiting.clock.steady_now());
      REQUIRE_FALSE(found);
      CHECK_THAT(found.error().message, Catch::Matchers::ContainsSubstring("no answer in time"));
      CHECK(resolver.is_looking());
      silent_name_service::wait_for_lookup();
      CHECK(silent_name_service::lookups() == 1);
    }
  }
  CHECK(silent_name_service::lookups() == 0);
}

}  // namespace
}  // namespace certwatch
