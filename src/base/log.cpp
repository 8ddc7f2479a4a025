#include "base/log.h"

#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json_text.h"
#include "base/text.h"

namespace certwatch::log {
namespace {

constexpr std::size_t longest_value = 500;
constexpr std::size_t most_keys = 256;
constexpr char json_logger_name[] = "certwatch-json";

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::critical:
      return spdlog::level::critical;
  }
  return spdlog::level::info;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"\\=") != std::string_view::npos;
}

std::string as_text(std::string_view what, Fields fields) {
  std::string line(what);
  for (const Field& field : fields) {
    const std::string value = printable(field.value, longest_value);
    line += ' ';
    line += field.name;
    line += '=';
    line += needs_quotes(value) ? '"' + value + '"' : value;
  }
  return line;
}

// The members that follow time and level, which spdlog's pattern writes.
std::string as_json(std::string_view what, Fields fields) {
  json::Object object;
  object.add_string("event", what);
  for (const Field& field : fields) {
    if (field.is_number) {
      object.add(field.name, field.value);
    } else {
      object.add(field.name, '"' + printable(field.value, longest_value) + '"');
    }
  }
  return object.members();
}

}  // namespace

Field::Field(std::string_view n, double number)
    : name(n), value(json::number(number)), is_number(true) {}

void configure(Level least, Format format) {
  const bool as_objects = format == Format::json;
  auto logger = std::make_shared<spdlog::logger>(as_objects ? json_logger_name : "certwatch",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(as_objects ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                 : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(to_spdlog(least));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void event(Level level, std::string_view what, Fields fields) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  const auto spdlog_level = to_spdlog(level);
  if (!logger.should_log(spdlog_level)) return;
  const std::string line =
      logger.name() == json_logger_name ? as_json(what, fields) : as_text(what, fields);
  logger.log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

Damper::Ruling Damper::rule(std::string_view key) {
  const std::lock_guard lock(mutex_);
  std::string name(key);
  if (seen_.size() >= most_keys && !seen_.contains(name)) name = "everything else";
  const SteadyTime now = clock_.steady_now();
  Seen& seen = seen_.try_emplace(name, Seen{now}).first->second;
  if (now - seen.since >= period_) {
    seen.since = now;
    seen.passed = 0;
  }
  if (seen.passed >= burst_) {
    ++seen.held_back;
    return {};
  }
  ++seen.passed;
  return {true, std::exchange(seen.held_back, 0)};
}

}  // namespace certwatch::log
