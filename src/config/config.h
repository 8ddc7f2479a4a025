// The environment, read once at start.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "config/variables.h"
#include "net/url.h"

namespace certwatch {

struct Config {
  Secret postgres_dsn;  // of these two at most one is set; one is, if the command needs a database
  std::string sqlite_path;
  std::vector<Url> feeds;  // at least one
  bool feed_deflate = false;
  Seconds feed_stall{60};
  std::string api_host;
  std::uint16_t api_port = 0;
  std::optional<Url> webhook;  // nothing: alerts are recorded and not sent
  Seconds webhook_timeout{10};
  Secret webhook_secret;
  Secret webhook_authorization;
  Seconds redelivery_interval{60};
  Seconds redelivery_max_age{0};
  Seconds grace{10};
  Seconds resolve_window{86400};
  Seconds watch_refresh_interval{60};
  Seconds cleanup_interval{3600};
  Seconds alert_retention{2592000};
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  std::string log_prefix;
};

struct ConfigReading {
  Config config;
  // Each names the variable, what is wrong and what is expected; never a secret. `config` is of use
  // only when there are none.
  std::vector<std::string> mistakes;
};

// The value of a variable, nothing where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;
Environment machine_environment();
// The same, but for one variable that is not set, or is empty.
Environment with_default(Environment environment, std::string name, std::string value);

// What `who` reads; everything else has its default.
ConfigReading read_config(const Environment& environment, Readers who = for_serve);

}  // namespace certwatch
