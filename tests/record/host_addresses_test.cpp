#include "record/postgres/host_addresses.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

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

// Of the environment, while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class ServiceFile {
 public:
  explicit ServiceFile(const std::string& content)
      : path_(std::filesystem::temp_directory_path() /
              ("pg_service." + std::to_string(getpid()) + ".conf")) {
    std::ofstream(path_) << content;
  }
  ~ServiceFile() { std::filesystem::remove(path_); }
  ServiceFile(const ServiceFile&) = delete;
  ServiceFile& operator=(const ServiceFile&) = delete;

  const char* path() const { return path_.c_str(); }

 private:
  const std::filesystem::path path_;
};

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

TEST_CASE("of several hosts each keeps the address that it was given") {
  CHECK(fill_in("host=db.invalid,192.0.2.2 hostaddr=192.0.2.7,").hostaddr == "192.0.2.7,192.0.2.2");
  CHECK(fill_in("host=/run/postgresql,db.invalid hostaddr=,192.0.2.7").hostaddr == ",192.0.2.7");
  // libpq says what is wrong with these.
  CHECK(fill_in("host=a.invalid,b.invalid hostaddr=192.0.2.7").hostaddr == "192.0.2.7");
}

TEST_CASE("hosts that only the environment or a service file names are looked up as well") {
  const Variable host("PGHOST", "192.0.2.1");
  const Variable port("PGPORT", "5433");
  const Filled from_environment = fill_in("dbname=x");
  CHECK(from_environment.host == "192.0.2.1");
  CHECK(from_environment.hostaddr == "192.0.2.1");
  CHECK(from_environment.port == "5433");
  CHECK(fill_in("host=192.0.2.2 dbname=x").hostaddr == "192.0.2.2");

  const ServiceFile services("[two-hosts]\nhost=192.0.2.3,192.0.2.4\nport=1,2\n");
  const Variable file("PGSERVICEFILE", services.path());
  const Filled from_service = fill_in("service=two-hosts dbname=x");
  CHECK(from_service.host == "192.0.2.3,192.0.2.4");
  CHECK(from_service.hostaddr == "192.0.2.3,192.0.2.4");
  CHECK(from_service.port == "1,2");
  CHECK(fill_in("service=of-that-name-is-none").hostaddr == "absent");  // libpq says so
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
