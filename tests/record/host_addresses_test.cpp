#include "record/postgres/host_addresses.h"

#include "support/catch.h"

namespace certwatch::postgres {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Filled {
  std::string host = "absent";
  std::string hostaddr = "absent";
  std::string port = "absent";
};

Filled values(const ConnectionKeywords& keywords) {
  Filled filled;
  for (std::size_t i = 0; i < keywords.names.size(); ++i) {
    if (keywords.names[i] == "host") filled.host = keywords.values[i];
    if (keywords.names[i] == "hostaddr") filled.hostaddr = keywords.values[i];
    if (keywords.names[i] == "port") filled.port = keywords.values[i];
  }
  return filled;
}

Filled fill_in(const char* dsn) {
  const Haste haste;
  ConnectionKeywords keywords = connection_keywords(Secret(dsn)).value();
  const auto filled = HostAddresses().fill_in(keywords, Patience(std::chrono::seconds(20), haste));
  INFO((filled ? "" : filled.error().message));
  REQUIRE(filled);
  return values(keywords);
}

TEST_CASE("a literal address is its own") {
  const Filled filled = fill_in("postgresql://192.0.2.1:5433/x");
  CHECK(filled.host == "192.0.2.1");
  CHECK(filled.hostaddr == "192.0.2.1");
  CHECK(filled.port == "5433");
}

TEST_CASE("each host keeps its port, each address its host") {
  const Filled filled = fill_in("postgresql://192.0.2.1:1,[2001:db8::1]:2/x");
  CHECK(filled.host == "192.0.2.1,2001:db8::1");
  CHECK(filled.hostaddr == "192.0.2.1,2001:db8::1");
  CHECK(filled.port == "1,2");
}

TEST_CASE("a name is looked up") {
  const Filled filled = fill_in("host=localhost port=1");
  CHECK_THAT(filled.host, ContainsSubstring("localhost"));
  const bool is_loopback = filled.hostaddr.find("127.0.0.1") != std::string::npos ||
                           filled.hostaddr.find("::1") != std::string::npos;
  CHECK(is_loopback);
}

TEST_CASE("what libpq finds without a name service stays as it is") {
  CHECK(fill_in("postgresql://user@/x?host=/run/postgresql").hostaddr == "absent");
  CHECK(fill_in("dbname=x").hostaddr == "absent");
  CHECK(fill_in("host=db.invalid hostaddr=192.0.2.7").hostaddr == "192.0.2.7");
  CHECK(fill_in("host=/run/postgresql,192.0.2.1").hostaddr == ",192.0.2.1");
}

TEST_CASE("a host without an address is left out, or said where it is the only one") {
  const Haste haste;
  const Patience patience(std::chrono::seconds(20), haste);
  ConnectionKeywords one = connection_keywords(Secret("postgresql://nowhere.invalid/x")).value();
  const auto failed = HostAddresses().fill_in(one, patience);
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().message, ContainsSubstring("nowhere.invalid"));
  CHECK(fill_in("postgresql://nowhere.invalid:1,192.0.2.1:2/x").port == "2");
}

TEST_CASE("ports that do not fit the hosts are a mistake") {
  const Haste haste;
  ConnectionKeywords keywords = connection_keywords(Secret("host=192.0.2.1,192.0.2.2,192.0.2.3 "
                                                           "port=1,2"))
                                    .value();
  CHECK_FALSE(HostAddresses().fill_in(keywords, Patience(std::chrono::seconds(20), haste)));
}

}  // namespace
}  // namespace certwatch::postgres
