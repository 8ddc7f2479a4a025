#include <array>
#include <functional>
#include <iostream>

#include "app/alert_follower.h"
#include "app/commands.h"
#include "app/stores.h"
#include "app/table.h"
#include "base/json_text.h"
#include "base/number.h"
#include "base/pause.h"
#include "base/text.h"
#include "record/stored_words.h"

namespace certwatch {
namespace {

constexpr std::chrono::seconds follow_interval{1};

// Unix seconds, or a span back from now.
std::optional<std::int64_t> parse_since(std::string_view text) {
  if (const auto seconds = parse_number<std::int64_t>(text)) return seconds;
  if (text.size() < 2) return std::nullopt;
  const auto count = parse_number<std::int64_t>(text.substr(0, text.size() - 1));
  constexpr std::string_view units = "smhd";
  constexpr std::array<std::int64_t, units.size()> seconds{1, 60, 3600, 86400};
  const std::size_t unit = units.find(text.back());
  constexpr std::int64_t most_units = 1'000'000'000;
  if (unit == units.npos || !count || *count < 0 || *count > most_units) return std::nullopt;
  return static_cast<std::int64_t>(unix_seconds(MachineClock().system_now())) -
         *count * seconds[unit];
}

using Show = std::function<void(const std::vector<AlertRow>&)>;

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
      .add_string("kind", row.kind)
      .add_string("importance", row.importance)
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

void complain(const StoreError& error) {
  std::cerr << "certwatch: " << printable(error.message, 500) << "\n";
}

ExitCode list_all(AlertArchive& archive, AlertFilter filter, const Show& show) {
  for (;;) {
    const auto rows = archive.list(filter);
    if (!rows) {
      complain(rows.error());
      return exit_failure;
    }
    show(*rows);
    if (rows->size() < filter.most) return exit_fine;
    filter.after_row = rows->back().row;
  }
}

// Ended by the terminal's Ctrl-C.
[[noreturn]] void follow(AlertArchive& archive, const AlertFilter& filter, const Show& show) {
  AlertFollower follower(static_cast<double>(filter.since.value_or(0)));
  for (;;) {
    const auto rows = archive.judged_since(follower.since(), follower.most());
    if (rows) {
      auto fresh = follower.news(*rows);
      std::erase_if(fresh, [&filter](const AlertRow& row) {
        return filter.severity && row.severity != word(*filter.severity);
      });
      show(fresh);
    } else {
      complain(rows.error());
    }
    if (!rows || !follower.has_more()) pause(follow_interval, {});
  }
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
  if (!arguments.severity.empty()) filter.severity = severity_of(arguments.severity);
  if (arguments.follow && filter.severity == Severity::pending) {
    std::cerr
        << "certwatch: --follow shows alerts when their verdict falls: none is pending then\n";
    return exit_configuration;
  }
  const auto archive = open_alert_archive(config, Access::read);
  Table table({"ID", "RECORDED", "SEVERITY", "WHY", "RESOLVED", "DELIVERY", "ENTRIES", "ISSUER",
               "FINGERPRINT"},
              std::cout, output_is_terminal());
  table.emphasize(word(Severity::suspicious));
  const Show show_rows = [&](const std::vector<AlertRow>& rows) {
    show(rows, arguments.as_json, table);
  };
  if (arguments.follow) follow(*archive, filter, show_rows);
  return list_all(*archive, filter, show_rows);
}

ExitCode alerts_requeue(const Config& config, const RequeueArguments& arguments) {
  const auto archive = open_alert_archive(config);
  std::optional<std::string> destination;
  if (!arguments.destination.empty()) destination = arguments.destination;
  ExitCode code = exit_fine;
  for (const std::int64_t row : arguments.rows) {
    const auto requeued = archive->requeue(row, destination);
    if (requeued && *requeued) {
      std::cout << row << ": will be delivered again\n";
      continue;
    }
    code = exit_failure;
    std::cerr << "certwatch: alert " << row << ": "
              << (requeued ? std::string("there is nothing to deliver: it is not there, has no "
                                         "verdict yet, was recorded by the Python service, or no "
                                         "destination was ever told of it (then name one)")
                           : printable(requeued.error().message, 500))
              << "\n";
  }
  return code;
}

}  // namespace certwatch
