#include <array>
#include <iostream>

#include "app/commands.h"
#include "base/text.h"
#include "http/probe.h"

namespace certwatch {
namespace {

struct Pages {
  std::string_view command;
  std::uint16_t port;
};
constexpr std::array commands_with_pages{Pages{"serve", 8765}, Pages{"watch", 8765}};

}  // namespace

std::uint16_t default_port(std::string_view command) {
  for (const Pages& pages : commands_with_pages) {
    if (pages.command == command) return pages.port;
  }
  return 0;
}

ExitCode healthcheck(const Config& config, std::string_view command) {
  if (default_port(command) == 0) {
    std::cerr << "certwatch: \"" << printable(command) << "\" has no pages that could be asked\n";
    return exit_configuration;
  }
  const auto answer = probe(config.api_host, config.api_port, "/healthz");
  if (!answer) {
    std::cerr << "certwatch: " << answer.error().message << "\n";
    return exit_failure;
  }
  std::cout << answer->body << "\n";
  return answer->status == 200 ? exit_fine : exit_failure;
}

}  // namespace certwatch
