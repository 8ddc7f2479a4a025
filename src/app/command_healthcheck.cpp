#include <iostream>

#include "app/commands.h"
#include "app/stores.h"
#include "http/probe.h"

namespace certwatch {

ExitCode healthcheck() {
  const auto config = configuration_or_complaint();
  if (!config) return exit_configuration;
  const auto answer = probe(config->api_host, config->api_port, "/healthz");
  if (!answer) {
    std::cerr << "certwatch: " << answer.error().message << "\n";
    return exit_failure;
  }
  std::cout << answer->body << "\n";
  return answer->status == 200 ? exit_fine : exit_failure;
}

}  // namespace certwatch
