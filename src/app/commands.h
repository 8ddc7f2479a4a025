// One function per command; the exit code is README's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/ending.h"

namespace certwatch {

ExitCode serve();

// Fills the watch list of an embedded database and runs the service on it.
ExitCode watch(const std::vector<std::string>& domains);

struct CheckArguments {
  std::vector<std::string> files;  // "-" is standard input
  bool as_json = false;
};
// What certwatch makes of certificates, without writing anything. exit_failure: a file could not be
// read or understood.
ExitCode check(const CheckArguments& arguments);

ExitCode inventory_add(const std::vector<std::string>& files, const std::string& source);
ExitCode inventory_list(bool as_json);

struct AlertsArguments {
  // Unix seconds, or a span back from now: 90s, 15m, 12h, 7d.
  std::string since;
  std::string severity;
  bool follow = false;
  bool as_json = false;
};
ExitCode alerts(const AlertsArguments& arguments);
// exit_failure: an id has no alert that can be delivered.
ExitCode alerts_requeue(const std::vector<std::int64_t>& rows);

// Sends a marked test event. exit_failure: it was not taken.
ExitCode test_webhook();

// Names every mistake, or says what is configured. exit_configuration: there are mistakes.
ExitCode check_config();

// GET /healthz of the service that this configuration describes. exit_failure: not well.
ExitCode healthcheck();

}  // namespace certwatch
