// Environments. A line of the input is a variable (its first byte chooses which) and its value.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "config/config.h"
#include "config/variables.h"

namespace {

using namespace certwatch;

constexpr std::string_view mark = "Qz7mark";

void require(bool holds) {
  if (!holds) std::abort();
}

std::map<std::string, std::string, std::less<>> environment_of(std::string_view text) {
  std::map<std::string, std::string, std::less<>> all;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const Variable& variable = variables[static_cast<unsigned char>(line[0]) % variables.size()];
    // The system ends a value at a NUL.
    std::string value(line.substr(1, line.find('\0', 1) - 1));
    // Those that may come from a file are secrets; of a URL what is behind the host.
    if (variable.may_be_file) value += "/" + std::string(mark);
    all[variable.name] = value;
  }
  return all;
}

bool is_duration(Seconds seconds) {
  return std::isfinite(seconds.count()) && seconds >= Seconds{0};
}

void require_sound(const Config& config) {
  require(config.postgres_dsn.empty() != config.sqlite_path.empty());
  require(!config.feeds.empty());
  require(config.api_port != 0);
  require(config.feed_stall > Seconds{0} && config.webhook_timeout > Seconds{0});
  for (const Seconds one :
       {config.feed_stall, config.webhook_timeout, config.redelivery_interval,
        config.redelivery_max_age, config.grace, config.resolve_window,
        config.watch_refresh_interval, config.cleanup_interval, config.alert_retention}) {
    require(is_duration(one));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find(mark) != std::string_view::npos) return 0;
  const auto all = environment_of(text);
  const ConfigReading reading =
      read_config([&all](std::string_view name) -> std::optional<std::string> {
        const auto found = all.find(name);
        return found == all.end() ? std::nullopt : std::optional(found->second);
      });
  for (const std::string& mistake : reading.mistakes) {
    require(mistake.find(mark) == std::string::npos);
    // One line, that a terminal shows as it is, and that names a variable there is.
    require(std::none_of(mistake.begin(), mistake.end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
    require(std::any_of(variables.begin(), variables.end(), [&](const Variable& variable) {
      return mistake.starts_with(variable.name);
    }));
  }
  if (reading.mistakes.empty()) require_sound(reading.config);
  return 0;
}
