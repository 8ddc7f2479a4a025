#include "config/config.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/number.h"
#include "base/text.h"
#include "config/environment_reader.h"
#include "config/variables.h"

namespace certwatch {
namespace {

// What a name or an address is made of: IPv6, and a zone behind a percent sign, too.
bool may_be_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == ':' || c == '-' || c == '_' || c == '%';
  });
}

bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void read_database(EnvironmentReader& reader, Config& config, bool is_needed) {
  config.postgres_dsn = reader.secret("POSTGRES_DSN");
  config.sqlite_path = reader.text("SQLITE_PATH");
  const bool has_postgres = !config.postgres_dsn.empty();
  if (has_postgres && !config.sqlite_path.empty()) {
    reader.mistake("POSTGRES_DSN and SQLITE_PATH are both set: set one of them");
  } else if (is_needed && !has_postgres && config.sqlite_path.empty() &&
             !reader.has_mistake("POSTGRES_DSN")) {
    reader.mistake("POSTGRES_DSN is not set (or SQLITE_PATH, for an embedded database)");
  }
}

void read_feeds(EnvironmentReader& reader, Config& config) {
  std::string list = reader.text("CERTSTREAM_URL");
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (one.empty()) continue;
    const Result<Url> url = parse_url(one, {Scheme::ws, Scheme::wss});
    if (url) {
      config.feeds.push_back(*url);
    } else {
      reader.mistake("CERTSTREAM_URL: " + url.error().message);
    }
  }
  if (config.feeds.empty() && !reader.has_mistake("CERTSTREAM_URL")) {
    reader.mistake("CERTSTREAM_URL names no feed");
  }
  config.feed_deflate = reader.yes_or_no("CERTSTREAM_DEFLATE");
  config.feed_stall = reader.positive_seconds("FEED_STALL_S");
}

void read_pages(EnvironmentReader& reader, Config& config) {
  config.api_host = reader.text("API_HOST");
  if (!may_be_host(config.api_host)) {
    reader.mistake("API_HOST is \"" + printable(config.api_host, 40) +
                   "\": expected the name or the address of an interface");
  }
  const std::string port = reader.text("API_PORT");
  const auto number = parse_number<std::uint16_t>(trim(port));
  if (number && *number > 0) {
    config.api_port = *number;
  } else {
    reader.mistake("API_PORT is \"" + printable(port, 40) + "\": expected a port, 1 to 65535");
  }
}

void read_webhook(EnvironmentReader& reader, Config& config) {
  const Secret url_text = reader.secret("WEBHOOK_URL");
  config.webhook_secret = reader.secret("WEBHOOK_SECRET");
  config.webhook_authorization = reader.secret("WEBHOOK_AUTHORIZATION");
  config.webhook_timeout = reader.positive_seconds("WEBHOOK_TIMEOUT_S");
  config.redelivery_interval = reader.seconds("WEBHOOK_REDELIVERY_INTERVAL_S");
  if (has_control_characters(config.webhook_authorization.reveal())) {
    reader.mistake("WEBHOOK_AUTHORIZATION has control characters in it");
  }
  if (url_text.empty()) return;
  Result<Url> url = parse_url(trim(url_text.reveal()), {Scheme::http, Scheme::https});
  if (!url) {
    reader.mistake("WEBHOOK_URL: " + url.error().message);
    return;
  }
  if (url->has_user_info() && !config.webhook_authorization.empty()) {
    reader.mistake(
        "WEBHOOK_AUTHORIZATION is set and WEBHOOK_URL has user info: both become the "
        "Authorization header, set one of them");
  }
  config.webhook = std::move(*url);
}

void read_times(EnvironmentReader& reader, Config& config) {
  config.grace = reader.seconds("SUSPICIOUS_GRACE_S");
  config.resolve_window = reader.seconds("RESOLVE_WINDOW_S");
  config.watch_refresh_interval = reader.seconds("WATCH_REFRESH_INTERVAL_S");
  config.cleanup_interval = reader.seconds("CLEANUP_INTERVAL_S");
  config.alert_retention = reader.seconds("ALERT_RETENTION_S");
  config.redelivery_max_age = reader.is_set("WEBHOOK_REDELIVERY_MAX_AGE_S")
                                  ? reader.seconds("WEBHOOK_REDELIVERY_MAX_AGE_S")
                                  : config.alert_retention / 2;
}

void read_log(EnvironmentReader& reader, Config& config) {
  using log::Level;
  const std::string level = reader.text("LOG_LEVEL");
  const std::string name = lower(trim(level));
  if (name == "debug" || name == "notset") {
    config.log_level = Level::debug;
  } else if (name == "info") {
    config.log_level = Level::info;
  } else if (name == "warning" || name == "warn") {
    config.log_level = Level::warning;
  } else if (name == "error") {
    config.log_level = Level::error;
  } else if (name == "critical" || name == "fatal") {
    config.log_level = Level::critical;
  } else {
    reader.mistake("LOG_LEVEL is \"" + printable(level, 40) +
                   "\": expected DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET");
  }
  const std::string format = reader.text("LOG_FORMAT");
  if (lower(trim(format)) == "json") {
    config.log_format = log::Format::json;
  } else if (lower(trim(format)) != "text") {
    reader.mistake("LOG_FORMAT is \"" + printable(format, 40) + "\": expected text or json");
  }
  config.log_prefix = reader.text("LOG_PREFIX");
  if (has_control_characters(config.log_prefix)) {
    reader.mistake("LOG_PREFIX has control characters in it");
  }
}

}  // namespace

Environment machine_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    // Read before other threads start; nothing in this program sets variables.
    const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Environment with_default(Environment environment, std::string name, std::string value) {
  return [environment = std::move(environment), name = std::move(name),
          value = std::move(value)](std::string_view asked) {
    std::optional<std::string> found = environment(asked);
    if (asked == name && (!found || found->empty())) found = value;
    return found;
  };
}

ConfigReading read_config(const Environment& environment, Readers who) {
  EnvironmentReader reader(environment, who);
  ConfigReading reading;
  read_database(reader, reading.config, who == for_serve || who == for_alerts);
  read_feeds(reader, reading.config);
  read_pages(reader, reading.config);
  read_webhook(reader, reading.config);
  read_times(reader, reading.config);
  read_log(reader, reading.config);
  reading.mistakes = reader.take_mistakes();
  return reading;
}

}  // namespace certwatch
