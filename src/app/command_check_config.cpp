#include <iostream>

#include "app/commands.h"

namespace certwatch {

ExitCode check_config(const Config& config) {
  std::cout << "database   "
            << (config.sqlite_path.empty() ? "PostgreSQL" : "embedded, " + config.sqlite_path)
            << "\n";
  for (const Url& feed : config.feeds) std::cout << "feed       " << feed.origin() << "\n";
  std::cout << "webhook    "
            << (config.webhook ? config.webhook->origin()
                               : "none: alerts are recorded and not sent")
            << (config.webhook_secret.empty() ? "" : ", signed") << "\n"
            << "pages      " << config.api_host << " port " << config.api_port << "\n"
            << "grace      " << config.grace.count() << " s\n"
            << "The configuration has no mistakes.\n";
  return exit_fine;
}

}  // namespace certwatch
