#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

#include "app/commands.h"
#include "app/completion.h"
#include "app/exit_codes.h"
#include "app/signals.h"
#include "app/standard_descriptors.h"
#include "app/stores.h"
#include "version.h"

namespace certwatch {
namespace {

std::string environment_help(Readers reader) {
  std::string help;
  for (const Variable& variable : variables) {
    if ((variable.readers & reader) == 0) continue;
    std::string line = std::string("  ") + variable.name + (variable.may_be_file ? "[_FILE]" : "");
    line.resize(std::max<std::size_t>(line.size() + 1, 36), ' ');
    line += variable.meaning;
    if (*variable.by_default != '\0') line += std::string(" [") + variable.by_default + "]";
    help += line + "\n";
  }
  return help.empty() ? help : "Environment:\n" + help + "\n";
}

std::string exit_codes_help(std::string_view command) {
  std::string help = "Exit codes:\n";
  int code = 0;
  for (const std::string_view meaning : exit_codes_of(command)->meanings) {
    if (!meaning.empty()) help += "  " + std::to_string(code) + "  " + std::string(meaning) + "\n";
    ++code;
  }
  return help;
}

std::string footer_of(std::string_view command, Readers reader) {
  return environment_help(reader) + exit_codes_help(command);
}

struct Command {
  // What it reads of the environment.
  Readers reader = for_nobody;
  std::function<ExitCode(const Config&)> run;
  Environment environment = machine_environment();
  // It takes SIGTERM and its like as events, from its very start on.
  bool is_service = false;
};

// CLI11 keeps references into this while it parses.
struct Arguments {
  std::vector<std::string> domains;
  CheckArguments check;
  std::vector<std::string> inventory_files;
  std::string inventory_source = "certwatch inventory add";
  bool inventory_as_json = false;
  AlertsArguments alerts;
  RequeueArguments requeue;
  std::string running = "serve";
  std::string shell;
};

class CommandLine {
 public:
  CommandLine();
  int run(int argc, char** argv);

 private:
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& what,
                Command command);
  void add_service_commands();
  void add_certificate_commands();
  void add_alert_commands();
  void add_commands_about_itself();
  std::optional<std::string> variable_for_healthcheck(std::string_view name) const;

  CLI::App app_{
      "certwatch watches Certificate Transparency for certificates of your domains. It separates "
      "those that you obtained from those that somebody else obtained."};
  Arguments arguments_;
  Command chosen_{.reader = for_serve, .run = serve, .is_service = true};
};

CommandLine::CommandLine() {
  app_.footer("Without a command, certwatch does what serve does.\n\n" +
              footer_of("serve", for_serve));
  app_.set_version_flag("--version", std::string("certwatch ") + version + " (" + revision + ")");
  app_.require_subcommand(0, 1);
  add_service_commands();
  add_certificate_commands();
  add_alert_commands();
  add_commands_about_itself();
}

CLI::App& CommandLine::add(CLI::App& parent, const std::string& name, const std::string& what,
                           Command command) {
  CLI::App* const app = parent.add_subcommand(name, what);
  const std::string path = &parent == &app_ ? name : parent.get_name() + ' ' + name;
  app->footer(footer_of(path, command.reader));
  app->callback([this, app, command = std::move(command)] {
    // Else a command of its own has been chosen.
    if (app->get_subcommands().empty()) chosen_ = command;
  });
  return *app;
}

void CommandLine::add_service_commands() {
  add(app_, "serve", "Run the service. This is also what happens without a command.", chosen_);
  add(app_, "watch",
      "Watch domains with an embedded database: the file SQLITE_PATH, or certwatch.db",
      {.reader = for_serve,
       .run = [this](const Config& config) { return watch(config, arguments_.domains); },
       .environment = with_default(machine_environment(), "SQLITE_PATH", "certwatch.db"),
       .is_service = true})
      .add_option("DOMAIN", arguments_.domains, "domains to put on the watch list")
      ->required();
}

void CommandLine::add_certificate_commands() {
  CLI::App& check_app =
      add(app_, "check",
          "Say what the service would make of certificates (PEM, DER, certstream JSON): names, "
          "identities, watch entries, verdict. Writes nothing.",
          {.reader = for_check,
           .run = [this](const Config& config) { return check(config, arguments_.check); }});
  check_app.add_option("FILE", arguments_.check.files, "files; - is standard input")->required();
  check_app.add_flag("--json", arguments_.check.as_json, "print one JSON object a line");

  CLI::App& inventory = *app_.add_subcommand(
      "inventory", "Add to or show the inventory, which lists the certificates that are ours");
  inventory.footer("")->require_subcommand(1);
  CLI::App& add_app =
      add(inventory, "add",
          "Add certificates (PEM, DER) to the inventory. For renewal hooks. What is there stays.",
          {.reader = for_alerts, .run = [this](const Config& config) {
             return inventory_add(config, arguments_.inventory_files, arguments_.inventory_source);
           }});
  add_app.add_option("FILE", arguments_.inventory_files, "files; - is standard input")->required();
  add_app.add_option("--source", arguments_.inventory_source, "the text for the column source");
  add(inventory, "list", "Show the inventory. Writes nothing.",
      {.reader = for_alerts,
       .run =
           [this](const Config& config) {
             return inventory_list(config, arguments_.inventory_as_json);
           }})
      .add_flag("--json", arguments_.inventory_as_json, "print one JSON object a line");
}

void CommandLine::add_alert_commands() {
  CLI::App& alerts_app = add(app_, "alerts", "Show the alerts on record. Writes nothing.",
                             {.reader = for_alerts, .run = [this](const Config& config) {
                                return alerts(config, arguments_.alerts);
                              }});
  alerts_app.add_option(
      "--since", arguments_.alerts.since,
      "only those since then: Unix seconds, or a time back from now (90s, 15m, 12h, 7d)");
  alerts_app
      .add_option("--severity", arguments_.alerts.severity,
                  "only those that are pending, info or suspicious")
      ->check(CLI::IsMember({"pending", "info", "suspicious"}));
  alerts_app.add_flag("--follow", arguments_.alerts.follow,
                      "show each verdict and resolution, and go on with those to come");
  alerts_app.add_flag("--json", arguments_.alerts.as_json, "print one JSON object a line");
  CLI::App& requeue = add(alerts_app, "requeue", "Deliver alerts again. The events keep their ids.",
                          {.reader = for_alerts, .run = [this](const Config& config) {
                             return alerts_requeue(config, arguments_.requeue);
                           }});
  requeue.add_option("ID", arguments_.requeue.rows, "numbers of rows of public.alerts")->required();
  requeue
      .add_option("--destination", arguments_.requeue.destination,
                  "deliver only there, even if the alert was never delivered there")
      ->check(CLI::IsMember({"webhook"}));
}

void CommandLine::add_commands_about_itself() {
  add(app_, "test-webhook", "Send a marked test event to WEBHOOK_URL",
      {.reader = for_test_webhook, .run = test_webhook});
  add(app_, "check-config", "Show the configuration of the service, or every mistake in it",
      {.reader = for_serve, .run = check_config});
  add(app_, "healthcheck", "Ask /healthz of a certwatch that runs on this machine",
      {.reader = for_healthcheck,
       .run = [this](const Config& config) { return healthcheck(config, arguments_.running); },
       .environment = [this](std::string_view name) { return variable_for_healthcheck(name); }})
      .add_option("COMMAND", arguments_.running, "the command that it runs; without it, serve");
  add(app_, "completion", "Print what a shell needs to complete command lines",
      {.reader = for_nobody,
       .run =
           [this](const Config&) {
             std::cout << bash_completion(app_);
             return exit_fine;
           }})
      .add_option("SHELL", arguments_.shell, "bash")
      ->required()
      ->check(CLI::IsMember({"bash"}));
}

std::optional<std::string> CommandLine::variable_for_healthcheck(std::string_view name) const {
  const std::uint16_t port = default_port(arguments_.running);
  if (port == 0) return machine_environment()(name);
  return with_default(machine_environment(), "API_PORT", std::to_string(port))(name);
}

int CommandLine::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_.exit(error) == 0 ? exit_fine : exit_configuration;
  }
  if (chosen_.is_service) block_signals();
  const auto config = configuration_or_complaint(chosen_.environment, chosen_.reader);
  return config ? chosen_.run(*config) : exit_configuration;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  open_missing_descriptors();
  return CommandLine().run(argc, argv);
}

}  // namespace certwatch
