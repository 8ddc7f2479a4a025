#include <iostream>
#include <memory>
#include <system_error>
#include <unistd.h>

#include "app/commands.h"
#include "app/service.h"
#include "app/signals.h"
#include "base/log.h"
#include "base/text.h"
#include "match/watch_list.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch {
namespace {

ExitCode run_service(const Config& config, OnHangup on_hangup) {
  std::shared_ptr<LineWriter> lines;
  try {
    lines = log::configure_in_background(config.log_level, config.log_format, config.log_prefix,
                                         STDERR_FILENO);
  } catch (const std::system_error& error) {
    std::cerr << "certwatch: no thread to be had for the log: " << error.what() << "\n";
    return exit_failure;
  }
  return Service(config, *lines, on_hangup).run();
}

// Names what the service would skip.
bool can_be_watched(const std::vector<std::string>& domains) {
  WatchListBuilder builder;
  bool fine = true;
  for (const std::string& domain : domains) {
    if (builder.add(domain) != WatchListBuilder::Added::invalid) continue;
    fine = false;
    std::cerr << "certwatch: \"" << printable(domain)
              << "\" cannot be watched: a watch entry is a domain of at least two labels, such as "
                 "example.org\n";
  }
  return fine;
}

}  // namespace

ExitCode serve(const Config& config) {
  return run_service(config, OnHangup::refresh);
}

ExitCode watch(const Config& config, const std::vector<std::string>& domains) {
  if (!can_be_watched(domains)) return exit_configuration;
  const auto added = sqlite::add_watch_entries(config.sqlite_path, domains);
  if (!added) {
    std::cerr << "certwatch: " << added.error().message << "\n";
    return exit_failure;
  }
  // It belongs to a terminal, and goes with it.
  return run_service(config, hangup_is_ignored() ? OnHangup::refresh : OnHangup::end);
}

}  // namespace certwatch
