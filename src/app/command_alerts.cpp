#include <iostream>

#include "app/commands.h"
#include "app/stores.h"
#include "app/table.h"
#include "base/json_text.h"
#include "base/number.h"
#include "base/pause.h"
#include "base/text.h"

namespace certwatch {
namespace {

constexpr std::chrono::seconds follow_interval{1};

// Unix seconds, or a span back from now.
std::optional<std::int64_t> parse_since(std::string_view text) {
  if (const auto seconds = parse_number<std::int64_t>(text)) return seconds;
  if (text.size() < 2) return std::nullopt;
  const auto count = parse_number<std::int64_t>(text.substr(0, text.size() - 1));
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return std::nullopt;
  }
  constexpr std::int64_t most_units = 1'000'000'000;
  if (!count || *count < 0 || *count > most_units) return std::nullopt;
  return static_cast<std::int64_t>(unix_seconds(MachineClock().system_now())) - *count * unit;
}

std::optional<Severity> parse_severity(std::string_view text) {
  for (const Severity one : {Severity::pending, Severity::info, Severity::suspicious}) {
    if (text == word(one)) return one;
  }
  return std::nullopt;
}

std::string as_json(const AlertRow& row) {
  return json::Object()
      .add_integer("id", row.row)
      .add_string("event_id", row.event_id)
      .add_string("fingerprint", row.fingerprint)
      .add("matched", row.matched.empty() ? "[]" : row.matched)
      .add_string("issuer", row.issuer)
      .add_string("severity", row.severity)
      .add_string("known_by", row.known_by)
      .add_string("reason", row.reason)
      .add_integer("seen_at", row.seen_at)
      .add_integer("recorded_at", row.recorded_at)
      .add_bool("delivered", row.delivered)
      .add_bool("resolved", row.resolved)
      .text();
}

void show(const std::vector<AlertRow>& rows, bool json, Table& table) {
  for (const AlertRow& row : rows) {
    if (json) {
      std::cout << as_json(row) << "\n";
      continue;
    }
    table.add({std::to_string(row.row), utc(row.recorded_at), row.severity,
               row.known_by + row.reason, row.resolved ? "resolved" : "",
               row.delivered ? "delivered" : "not delivered", listed_array(row.matched), row.issuer,
               row.fingerprint});
  }
  table.flush();
}

}  // namespace

ExitCode alerts(const Config& config, const AlertsArguments& arguments) {
  AlertFilter filter;
  if (!arguments.since.empty()) {
    filter.since = parse_since(arguments.since);
    if (!filter.since) {
      std::cerr << "certwatch: --since is \"" << printable(arguments.since)
                << "\": expected Unix seconds, or 90s, 15m, 12h, 7d\n";
      return exit_configuration;
    }
  }
  filter.severity = parse_severity(arguments.severity);
  const auto archive = open_alert_archive(config, Access::read);
  Table table({"ID", "RECORDED", "SEVERITY", "WHY", "RESOLVED", "DELIVERY", "ENTRIES", "ISSUER",
               "FINGERPRINT"},
              std::cout, output_is_terminal());
  table.emphasize(word(Severity::suspicious));
  for (;;) {
    const auto rows = archive->list(filter);
    if (!rows) {
      std::cerr << "certwatch: " << printable(rows.error().message, 500) << "\n";
      if (!arguments.follow) return exit_failure;
    } else {
      show(*rows, arguments.as_json, table);
      if (!rows->empty()) filter.after_row = rows->back().row;
      if (rows->size() == filter.most) continue;
    }
    if (!arguments.follow) return exit_fine;
    pause(follow_interval, {});  // ended by the terminal's Ctrl-C
  }
}

ExitCode alerts_requeue(const Config& config, const std::vector<std::int64_t>& rows) {
  const auto archive = open_alert_archive(config);
  ExitCode code = exit_fine;
  for (const std::int64_t row : rows) {
    const auto requeued = archive->requeue(row);
    if (requeued && *requeued) {
      std::cout << row << ": will be delivered again\n";
      continue;
    }
    code = exit_failure;
    std::cerr << "certwatch: alert " << row << ": "
              << (requeued ? std::string("is not there, has no verdict yet, or was recorded by a "
                                         "service that kept no payload")
                           : printable(requeued.error().message, 500))
              << "\n";
  }
  return code;
}

}  // namespace certwatch
