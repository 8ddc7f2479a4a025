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

inline constexpr std::string_view usage_mistake =
    "the configuration or the command line has a mistake";

inline constexpr std::array exit_codes{
    ExitCodes{"serve",
              {"SIGTERM or SIGINT ended it, and nothing was lost",
               "something else ended it, or matches are on stderr that could not be put on record",
               usage_mistake, "the database lacks a table, or is not in UTF-8"}},
    ExitCodes{"watch",
              {"SIGTERM, SIGINT or SIGHUP ended it, and nothing was lost",
               "something else ended it, or matches are on stderr that could not be put on record",
               usage_mistake, "the file lacks a table"}},
    ExitCodes{"check",
              {"every file was understood",
               "a file was not understood, or the database cannot be read", usage_mistake, ""}},
    ExitCodes{"inventory add",
              {"every certificate is in the inventory", "a certificate could not be added",
               usage_mistake, ""}},
    ExitCodes{"inventory list",
              {"the inventory was shown", "the database cannot be read", usage_mistake, ""}},
    ExitCodes{"alerts",
              {"the alerts were shown", "the database cannot be read", usage_mistake, ""}},
    ExitCodes{"alerts requeue",
              {"every alert will be delivered again", "an alert will not be delivered again",
               usage_mistake, ""}},
    ExitCodes{
        "test-webhook",
        {"the webhook took the event", "the webhook did not take the event", usage_mistake, ""}},
    ExitCodes{"check-config", {"the configuration has no mistakes", "", usage_mistake, ""}},
    ExitCodes{
        "healthcheck",
        {"the command is well", "the command is not well, or does not answer",
         "the configuration or the command line has a mistake, or the command has no pages", ""}},
    ExitCodes{"completion", {"the script was printed", "", usage_mistake, ""}},
};

// Null for a name that is no command's.
constexpr const ExitCodes* exit_codes_of(std::string_view command) {
  const auto* const found =
      std::find_if(exit_codes.begin(), exit_codes.end(),
                   [command](const ExitCodes& codes) { return codes.command == command; });
  return found == exit_codes.end() ? nullptr : found;
}

}  // namespace certwatch
