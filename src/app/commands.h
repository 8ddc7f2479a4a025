// One function per command; the exit codes are those of app/exit_codes.h. `config` holds what the
// command reads of the environment, without a mistake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/ending.h"
#include "config/config.h"

namespace certwatch {

ExitCode serve(const Config& config);

// Fills the watch list of an embedded database and runs the service on it.
ExitCode watch(const Config& config, const std::vector<std::string>& domains);

struct CheckArguments {
  std::vector<std::string> files;  // "-" is standard input
  bool as_json = false;
};
// What certwatch makes of certificates, without writing anything.
ExitCode check(const Config& config, const CheckArguments& arguments);

ExitCode inventory_add(const Config& config, const std::vector<std::string>& files,
                       const std::string& source);
ExitCode inventory_list(const Config& config, bool as_json);

struct AlertsArguments {
  // Unix seconds, or a span back from now: 90s, 15m, 12h, 7d.
  std::string since;
  std::string severity;
  bool follow = false;  // go on with verdicts and resolutions as they fall
  bool as_json = false;
};
ExitCode alerts(const Config& config, const AlertsArguments& arguments);

struct RequeueArguments {
  std::vector<std::int64_t> rows;
  // Empty: everywhere where there is a delivery of it already.
  std::string destination;
};
// exit_failure: an id has no alert that can be delivered.
ExitCode alerts_requeue(const Config& config, const RequeueArguments& arguments);

// Sends a marked test event.
ExitCode test_webhook(const Config& config);

// Says what is configured.
ExitCode check_config(const Config& config);

// GET /healthz of `command`, which runs with this configuration.
ExitCode healthcheck(const Config& config, std::string_view command);
// The port of a command's pages where API_PORT names none; 0: it has no pages.
std::uint16_t default_port(std::string_view command);

}  // namespace certwatch
