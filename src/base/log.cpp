#include "base/log.h"

#include <memory>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <utility>

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

std::string as_line(Format format, std::string_view what, Fields fields) {
  return format == Format::json ? as_json(what, fields) : as_text(what, fields);
}

// As a part of spdlog's pattern, where a percent sign means something.
std::string front_of(Format format, const std::string& prefix) {
  if (prefix.empty()) return format == Format::json ? "{" : "";
  const std::string front = format == Format::json
                                ? '{' + json::Object().add_string("prefix", prefix).members() + ','
                                : prefix + ' ';
  std::string pattern;
  for (const char c : front) pattern.append(c == '%' ? 2 : 1, c);
  return pattern;
}

std::unique_ptr<spdlog::formatter> formatter_of(Format format, const std::string& prefix) {
  return std::make_unique<spdlog::pattern_formatter>(
      front_of(format, prefix) + (format == Format::json
                                      ? R"("time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                      : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v"),
      spdlog::pattern_time_type::utc);
}

// Its lock is held for as long as a line takes to be made, never for as long as it takes to be
// written.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(std::shared_ptr<LineWriter> lines) : lines_(std::move(lines)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    lines_->put(std::string(line.data(), line.size()));
  }
  void flush_() override {}

  const std::shared_ptr<LineWriter> lines_;
};

std::string lost_line(Format format, const std::string& prefix, std::uint64_t lost) {
  const std::string text =
      as_line(format, "lines of the log were lost: nobody read them", {{"lines", lost}});
  spdlog::memory_buf_t line;
  formatter_of(format, prefix)
      ->format(spdlog::details::log_msg(spdlog::string_view_t(), spdlog::level::warn,
                                        spdlog::string_view_t(text.data(), text.size())),
               line);
  return std::string(line.data(), line.size());
}

void log_to(spdlog::sink_ptr sink, Level least, Format format, const std::string& prefix) {
  auto logger = std::make_shared<spdlog::logger>(
      format == Format::json ? json_logger_name : "certwatch", std::move(sink));
  logger->set_formatter(formatter_of(format, prefix));
  logger->set_level(to_spdlog(least));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

Field::Field(std::string_view n, double number)
    : name(n), value(json::number(number)), is_number(true) {}

void configure(Level least, Format format, const std::string& prefix) {
  log_to(std::make_shared<spdlog::sinks::stderr_sink_mt>(), least, format, prefix);
}

std::shared_ptr<LineWriter> configure_in_background(Level least, Format format,
                                                    const std::string& prefix, int descriptor,
                                                    std::size_t bound) {
  auto lines = std::make_shared<LineWriter>(
      descriptor, bound,
      [format, prefix](std::uint64_t lost) { return lost_line(format, prefix, lost); });
  log_to(std::make_shared<LineSink>(lines), least, format, prefix);
  return lines;
}

void event(Level level, std::string_view what, Fields fields) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  const auto spdlog_level = to_spdlog(level);
  if (!logger.should_log(spdlog_level)) return;
  const Format format = logger.name() == json_logger_name ? Format::json : Format::text;
  const std::string line = as_line(format, what, fields);
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
