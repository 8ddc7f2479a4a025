#include "config/config.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <unistd.h>

#include "config/variables.h"
#include "support/catch.h"

using namespace certwatch;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

Environment environment_of(Values values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

ConfigReading read(Values values) {
  return read_config(environment_of(std::move(values)));
}

const Values minimal{{"POSTGRES_DSN", "postgresql://me:s3cret@db/x"}};

ConfigReading with(Values more) {
  more.insert(minimal.begin(), minimal.end());
  return read(std::move(more));
}

// A file of this test, gone with it.
class File {
 public:
  explicit File(const std::string& content) : path_("/tmp/config_test_XXXXXX") {
    close(mkstemp(path_.data()));
    std::ofstream(path_) << content;
  }
  ~File() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("defaults are those of the contract") {
  const ConfigReading reading = with({});
  REQUIRE(reading.mistakes.empty());
  const Config& config = reading.config;
  REQUIRE(config.feeds.size() == 1);
  CHECK(config.feeds[0].host_and_port() == "localhost:8080");
  CHECK(config.feeds[0].target.reveal() == "/full-stream");
  CHECK(config.api_host == "127.0.0.1");
  CHECK(config.api_port == 8765);
  CHECK_FALSE(config.webhook);
  CHECK(config.webhook_timeout == Seconds{10});
  CHECK(config.redelivery_interval == Seconds{60});
  CHECK(config.redelivery_max_age == Seconds{1296000});
  CHECK(config.grace == Seconds{10});
  CHECK(config.resolve_window == Seconds{86400});
  CHECK(config.watch_refresh_interval == Seconds{60});
  CHECK(config.cleanup_interval == Seconds{3600});
  CHECK(config.alert_retention == Seconds{2592000});
  CHECK(config.feed_stall == Seconds{60});
  CHECK_FALSE(config.feed_deflate);
  CHECK(config.log_level == log::Level::info);
  CHECK(config.log_format == log::Format::text);
}

TEST_CASE("an empty variable means its default") {
  Values empty;
  for (const Variable& variable : variables) empty[variable.name] = "";
  empty["POSTGRES_DSN"] = "host=db";
  const ConfigReading reading = read(empty);
  CHECK(reading.mistakes.empty());
  CHECK(reading.config.grace == Seconds{10});
}

TEST_CASE("every mistake is named, with its variable") {
  const ConfigReading reading = read({{"CERTSTREAM_URL", "http://x/"},
                                      {"API_HOST", "not a host"},
                                      {"API_PORT", "70000"},
                                      {"WEBHOOK_URL", "ftp://x/"},
                                      {"WEBHOOK_TIMEOUT_S", "0"},
                                      {"SUSPICIOUS_GRACE_S", "-1"},
                                      {"CLEANUP_INTERVAL_S", "soon"},
                                      {"ALERT_RETENTION_S", "nan"},
                                      {"RESOLVE_WINDOW_S", "1e999"},
                                      {"WATCH_REFRESH_INTERVAL_S", "10s"},
                                      {"FEED_STALL_S", "0"},
                                      {"CERTSTREAM_DEFLATE", "maybe"},
                                      {"LOG_LEVEL", "LOUD"},
                                      {"LOG_FORMAT", "xml"}});
  for (const char* name : {"POSTGRES_DSN", "CERTSTREAM_URL", "API_HOST", "API_PORT", "WEBHOOK_URL",
                           "WEBHOOK_TIMEOUT_S", "SUSPICIOUS_GRACE_S", "CLEANUP_INTERVAL_S",
                           "ALERT_RETENTION_S", "RESOLVE_WINDOW_S", "WATCH_REFRESH_INTERVAL_S",
                           "FEED_STALL_S", "CERTSTREAM_DEFLATE", "LOG_LEVEL", "LOG_FORMAT"}) {
    INFO(name);
    std::size_t named = 0;
    for (const std::string& mistake : reading.mistakes)
      if (mistake.starts_with(name)) ++named;
    CHECK(named == 1);
  }
  CHECK(reading.mistakes.size() == 15);
}

TEST_CASE("durations may have a fraction, and white space around them") {
  const ConfigReading reading = with({{"SUSPICIOUS_GRACE_S", " 0.25 "},
                                      {"WEBHOOK_TIMEOUT_S", "1.5"},
                                      {"ALERT_RETENTION_S", "+1e3"},
                                      {"WEBHOOK_REDELIVERY_INTERVAL_S", "0"}});
  REQUIRE(reading.mistakes.empty());
  CHECK(reading.config.grace == Seconds{0.25});
  CHECK(reading.config.webhook_timeout == Seconds{1.5});
  CHECK(reading.config.alert_retention == Seconds{1000});
  CHECK(reading.config.redelivery_max_age == Seconds{500});
  CHECK(reading.config.redelivery_interval == Seconds{0});
}

TEST_CASE("several feeds are separated by commas") {
  const ConfigReading reading = with({{"CERTSTREAM_URL", "ws://a:1/x, wss://b/y ,"}});
  REQUIRE(reading.mistakes.empty());
  REQUIRE(reading.config.feeds.size() == 2);
  CHECK(reading.config.feeds[0].host_and_port() == "a:1");
  CHECK(reading.config.feeds[1].host_and_port() == "b:443");
}

TEST_CASE("log levels come in any case and by either name") {
  using log::Level;
  const auto level =
      GENERATE(std::pair{"debug", Level::debug}, std::pair{"NOTSET", Level::debug},
               std::pair{"Info", Level::info}, std::pair{"WARN", Level::warning},
               std::pair{"Warning", Level::warning}, std::pair{"ERROR", Level::error},
               std::pair{"critical", Level::critical}, std::pair{"Fatal", Level::critical});
  const ConfigReading reading = with({{"LOG_LEVEL", level.first}});
  CHECK(reading.mistakes.empty());
  CHECK(reading.config.log_level == level.second);
}

TEST_CASE("what a command does not read cannot be a mistake, and has its default") {
  const Values wrong{{"WEBHOOK_URL", "ftp://x/"},    {"WEBHOOK_URL_FILE", "/nonexistent/url"},
                     {"API_PORT", "eighty"},         {"LOG_LEVEL", "LOUD"},
                     {"SUSPICIOUS_GRACE_S", "soon"}, {"SQLITE_PATH", "/tmp/x"}};
  const Environment environment = environment_of(wrong);
  CHECK(read_config(environment, for_serve).mistakes.size() == 4);
  const ConfigReading alerts = read_config(environment, for_alerts);
  CHECK(alerts.mistakes.empty());
  CHECK(alerts.config.sqlite_path == "/tmp/x");
  CHECK(alerts.config.grace == Seconds{10});
  CHECK(read_config(environment, for_check).mistakes.empty());
  CHECK(read_config(environment, for_healthcheck).mistakes.size() == 1);
  CHECK(read_config(environment, for_test_webhook).mistakes.size() == 1);
  CHECK(read_config(environment, for_nobody).mistakes.empty());
}

TEST_CASE("a database is missed only by who needs one") {
  const Environment empty = environment_of({});
  CHECK(read_config(empty, for_serve).mistakes.size() == 1);
  CHECK(read_config(empty, for_alerts).mistakes.size() == 1);
  for (const Readers who : {for_check, for_test_webhook, for_healthcheck, for_nobody}) {
    CHECK(read_config(empty, who).mistakes.empty());
  }
}

TEST_CASE("another default is for a variable that is not set, or is empty") {
  const Environment given = environment_of({{"A", "1"}, {"B", ""}});
  CHECK(with_default(given, "A", "2")("A") == "1");
  CHECK(with_default(given, "B", "2")("B") == "2");
  CHECK(with_default(given, "C", "2")("C") == "2");
  CHECK(with_default(given, "C", "2")("B") == "");
  CHECK_FALSE(with_default(given, "C", "2")("D"));
}

TEST_CASE("a prefix of the log is taken as it stands, but for control characters") {
  CHECK(with({}).config.log_prefix.empty());
  CHECK(with({{"LOG_PREFIX", "[node 1] %"}}).config.log_prefix == "[node 1] %");
  const ConfigReading broken = with({{"LOG_PREFIX", "a\nb"}});
  REQUIRE(broken.mistakes.size() == 1);
  CHECK(broken.mistakes.front().starts_with("LOG_PREFIX"));
}

TEST_CASE("two databases are a mistake") {
  CHECK(with({{"SQLITE_PATH", "/tmp/x"}}).mistakes.size() == 1);
  const ConfigReading embedded = read({{"SQLITE_PATH", "/tmp/x"}});
  CHECK(embedded.mistakes.empty());
  CHECK(embedded.config.sqlite_path == "/tmp/x");
}

TEST_CASE("authorization twice is a mistake") {
  CHECK(with({{"WEBHOOK_URL", "http://u:p@h/"}, {"WEBHOOK_AUTHORIZATION", "Bearer x"}})
            .mistakes.size() == 1);
  CHECK(
      with({{"WEBHOOK_URL", "http://h/"}, {"WEBHOOK_AUTHORIZATION", "Bearer x"}}).mistakes.empty());
}

TEST_CASE("an authorization cannot smuggle in a header") {
  CHECK(with({{"WEBHOOK_AUTHORIZATION", "x\r\nEvil: 1"}}).mistakes.size() == 1);
}

TEST_CASE("a secret can come from a file") {
  const File file("postgresql://db/from-file\n");
  const ConfigReading reading = read({{"POSTGRES_DSN_FILE", file.path()}});
  REQUIRE(reading.mistakes.empty());
  CHECK(reading.config.postgres_dsn.reveal() == "postgresql://db/from-file");
}

TEST_CASE("a secret's file that is not there, empty, or beside the variable is a mistake") {
  const File empty("\n");
  CHECK(with({{"WEBHOOK_SECRET_FILE", "/nonexistent/secret"}}).mistakes.size() == 1);
  CHECK(with({{"WEBHOOK_SECRET_FILE", "/"}}).mistakes.size() == 1);
  CHECK(with({{"WEBHOOK_SECRET_FILE", empty.path()}}).mistakes.size() == 1);
  CHECK(with({{"WEBHOOK_SECRET_FILE", empty.path()}, {"WEBHOOK_SECRET", "x"}}).mistakes.size() ==
        1);
  // One mistake is named once, not again as a variable that is missing.
  CHECK(read({{"POSTGRES_DSN_FILE", "/nonexistent/dsn"}}).mistakes.size() == 1);
}

TEST_CASE("no mistake shows a secret") {
  const ConfigReading reading = with({{"WEBHOOK_URL", "http://user:hunter2@host:99999/tok3n"},
                                      {"CERTSTREAM_URL", "ws://user:hunter2@host:0/tok3n"},
                                      {"WEBHOOK_AUTHORIZATION", "Bearer hunter2\n"}});
  REQUIRE(reading.mistakes.size() == 3);
  for (const std::string& mistake : reading.mistakes) {
    CHECK(mistake.find("hunter2") == std::string::npos);
    CHECK(mistake.find("tok3n") == std::string::npos);
  }
}
