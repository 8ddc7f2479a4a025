#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "app/commands.h"
#include "app/standard_descriptors.h"
#include "config/variables.h"
#include "version.h"

namespace certwatch {
namespace {

std::string environment_help() {
  std::string help = "Environment (README has the whole table):\n";
  for (const Variable& variable : variables) {
    std::string line = std::string("  ") + variable.name + (variable.may_be_file ? "[_FILE]" : "");
    line.resize(std::max<std::size_t>(line.size() + 1, 36), ' ');
    line += variable.meaning;
    if (*variable.by_default != '\0') line += std::string(" [") + variable.by_default + "]";
    help += line + "\n";
  }
  return help +
         "\nExit codes: 0 fine, 1 failure, 2 configuration or usage, 3 the database lacks a "
         "table.\n";
}

using Run = std::function<ExitCode()>;

// CLI11 keeps references into this while it parses.
struct Arguments {
  std::vector<std::string> domains;
  CheckArguments check;
  std::vector<std::string> inventory_files;
  std::string inventory_source = "certwatch inventory add";
  bool inventory_as_json = false;
  AlertsArguments alerts;
  std::vector<std::int64_t> requeued;
};

void add_certificate_commands(CLI::App& app, Arguments& arguments, Run& run) {
  auto* check_app = app.add_subcommand(
      "check",
      "What would be made of certificates (PEM, DER, certstream JSON): names, identities, "
      "entries hit, verdict. Writes nothing.");
  check_app->add_option("FILE", arguments.check.files, "files; - is standard input")->required();
  check_app->add_flag("--json", arguments.check.as_json, "a JSON object a line");
  check_app->callback([&] { run = [&] { return check(arguments.check); }; });

  auto* inventory =
      app.add_subcommand("inventory", "The certificates that are ours (public.certs)");
  inventory->require_subcommand(1);
  auto* add = inventory->add_subcommand(
      "add", "Add certificates (PEM, DER), for renewal hooks; what is there already stays");
  add->add_option("FILE", arguments.inventory_files, "files; - is standard input")->required();
  add->add_option("--source", arguments.inventory_source, "what the column source says");
  add->callback([&] {
    run = [&] { return inventory_add(arguments.inventory_files, arguments.inventory_source); };
  });
  auto* list = inventory->add_subcommand("list", "Show the inventory");
  list->add_flag("--json", arguments.inventory_as_json, "a JSON object a line");
  list->callback([&] { run = [&] { return inventory_list(arguments.inventory_as_json); }; });
}

void add_alert_commands(CLI::App& app, Arguments& arguments, Run& run) {
  auto* alerts_app = app.add_subcommand("alerts", "Show alerts on record");
  alerts_app->add_option("--since", arguments.alerts.since,
                         "Unix seconds, or a span back from now: 90s, 15m, 12h, 7d");
  alerts_app
      ->add_option("--severity", arguments.alerts.severity, "only pending, info or suspicious")
      ->check(CLI::IsMember({"pending", "info", "suspicious"}));
  alerts_app->add_flag("--follow", arguments.alerts.follow, "go on with those to come");
  alerts_app->add_flag("--json", arguments.alerts.as_json, "a JSON object a line");
  auto* requeue = alerts_app->add_subcommand("requeue", "Deliver alerts again, with the same id");
  requeue->add_option("ID", arguments.requeued, "ids of public.alerts")->required();
  requeue->callback([&] { run = [&] { return alerts_requeue(arguments.requeued); }; });
  alerts_app->callback([&, alerts_app] {
    if (alerts_app->get_subcommands().empty()) run = [&] { return alerts(arguments.alerts); };
  });
}

void add_service_commands(CLI::App& app, Arguments& arguments, Run& run) {
  app.add_subcommand("serve", "The service; also without any command")->callback([&] {
    run = serve;
  });
  auto* watch_app = app.add_subcommand(
      "watch", "Watch domains with an embedded database (SQLITE_PATH, else ./certwatch.db)");
  watch_app->add_option("DOMAIN", arguments.domains, "added to the watch list")->required();
  watch_app->callback([&] { run = [&] { return watch(arguments.domains); }; });
  app.add_subcommand("test-webhook", "Send a marked test event to WEBHOOK_URL")->callback([&] {
    run = test_webhook;
  });
  app.add_subcommand("check-config", "Name every mistake of the configuration")->callback([&] {
    run = check_config;
  });
  app.add_subcommand("healthcheck", "Ask /healthz of the service configured here")->callback([&] {
    run = healthcheck;
  });
}

}  // namespace

int run_command_line(int argc, char** argv) {
  open_missing_descriptors();
  CLI::App app(
      "certwatch watches Certificate Transparency for your domains, and tells the "
      "certificates you obtained from those somebody else did.");
  app.footer(environment_help());
  app.set_version_flag("--version", std::string("certwatch ") + version + " (" + revision + ")");
  app.require_subcommand(0, 1);
  Arguments arguments;
  Run run = serve;
  add_service_commands(app, arguments, run);
  add_certificate_commands(app, arguments, run);
  add_alert_commands(app, arguments, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_fine : exit_configuration;
  }
  return run();
}

}  // namespace certwatch
