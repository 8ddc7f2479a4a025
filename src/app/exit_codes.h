// What the exit codes of each command mean: README's table and the manual's, and each --help.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace certwatch {

struct ExitCodes {
  std::string_view command;
  // By code, from 0 on. Empty: the command does not end with it.
  std::array<std::string_view, 4> meanings;
};

inline constexpr std::string_view usage_mistake = "mistake in configuration or command line";

inline constexpr std::array exit_codes{
    ExitCodes{"serve",
              {"ended by SIGTERM or SIGINT, nothing lost",
               "anything else; what could not be recorded is on stderr", usage_mistake,
               "the database lacks a table"}},
    ExitCodes{"watch",
              {"ended by SIGTERM, SIGINT or SIGHUP, nothing lost",
               "anything else; what could not be recorded is on stderr", usage_mistake,
               "the file lacks a table"}},
    ExitCodes{"check",
              {"every file was understood",
               "a file was not understood, or the database does not answer", usage_mistake, ""}},
    ExitCodes{"inventory add",
              {"every certificate is in the inventory", "one is not", usage_mistake, ""}},
    ExitCodes{"inventory list", {"done", "the database does not answer", usage_mistake, ""}},
    ExitCodes{"alerts", {"done", "the database does not answer", usage_mistake, ""}},
    ExitCodes{"alerts requeue",
              {"every alert will be delivered again", "one will not", usage_mistake, ""}},
    ExitCodes{"test-webhook", {"the webhook took the event", "it did not", usage_mistake, ""}},
    ExitCodes{"check-config", {"no mistakes", "", usage_mistake, ""}},
    ExitCodes{"healthcheck",
              {"the command is well", "it is not, or does not answer",
               "mistake, or a command without pages", ""}},
    ExitCodes{"completion", {"done", "", usage_mistake, ""}},
};

// Null for a name that is no command's.
constexpr const ExitCodes* exit_codes_of(std::string_view command) {
  const auto* const found =
      std::find_if(exit_codes.begin(), exit_codes.end(),
                   [command](const ExitCodes& codes) { return codes.command == command; });
  return found == exit_codes.end() ? nullptr : found;
}

}  // namespace certwatch
