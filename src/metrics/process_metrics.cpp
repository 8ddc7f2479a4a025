#include "metrics/process_metrics.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

#include "base/number.h"

namespace certwatch {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Positions in /proc/self/stat behind the name in parentheses, the state being 0.
constexpr std::size_t utime = 11;
constexpr std::size_t stime = 12;
constexpr std::size_t num_threads = 17;
constexpr std::size_t starttime = 19;
constexpr std::size_t vsize = 20;
constexpr std::size_t rss = 21;

std::string read_whole(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The first `Count` words; false where there are fewer.
template <std::size_t Count>
bool split_words(std::string_view text, std::array<std::string_view, Count>& words) {
  for (std::string_view& word : words) {
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
    word = text.substr(0, text.find_first_of(" \n"));
    if (word.empty()) return false;
    text.remove_prefix(word.size());
  }
  return true;
}

MetricFamily family(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(metric);
  return family;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  int open = -1;  // the listing's own is not counted
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++open;
  }
  if (error) return std::nullopt;
  return open;
}

std::optional<double> most_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::array<std::string_view, rss + 1> words;
  if (!split_words(text.substr(name_end + 1), words)) return std::nullopt;
  const auto number = [&words](std::size_t at) { return parse_number<std::uint64_t>(words[at]); };
  const auto user = number(utime);
  const auto system = number(stime);
  const auto threads = number(num_threads);
  const auto start = number(starttime);
  const auto virtual_bytes = number(vsize);
  const auto pages = number(rss);
  if (!user || !system || !threads || !start || !virtual_bytes || !pages) return std::nullopt;
  return ProcessStat{*user + *system, *start, *threads, *virtual_bytes, *pages};
}

std::optional<std::uint64_t> parse_boot_time(std::string_view text) {
  constexpr std::string_view key = "btime ";
  std::size_t at = 0;
  while (!text.substr(at).starts_with(key)) {
    at = text.find('\n', at);
    if (at++ == std::string_view::npos) return std::nullopt;
  }
  const std::string_view rest = text.substr(at + key.size());
  return parse_number<std::uint64_t>(rest.substr(0, rest.find('\n')));
}

ProcessMetrics::ProcessMetrics() : boot_time_(parse_boot_time(read_whole("/proc/stat"))) {}

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  std::vector<MetricFamily> families;
  const auto add_gauge = [&families](const char* name, const char* help, double value) {
    families.push_back(family(name, help, MetricType::Gauge, value));
  };
  if (const auto stat = parse_process_stat(read_whole("/proc/self/stat"))) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    families.push_back(family("process_cpu_seconds_total", "Total user and system CPU time spent",
                              MetricType::Counter, static_cast<double>(stat->cpu_ticks) / ticks));
    add_gauge("process_threads", "Threads", static_cast<double>(stat->threads));
    add_gauge("process_virtual_memory_bytes", "Virtual memory size",
              static_cast<double>(stat->virtual_bytes));
    add_gauge(
        "process_resident_memory_bytes", "Resident memory size",
        static_cast<double>(stat->resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    if (boot_time_) {
      add_gauge("process_start_time_seconds", "Unix time of the start of the process",
                static_cast<double>(*boot_time_) + static_cast<double>(stat->start_ticks) / ticks);
    }
  }
  if (const auto open = open_descriptors()) {
    add_gauge("process_open_fds", "Open file descriptors", *open);
  }
  if (const auto most = most_descriptors()) {
    add_gauge("process_max_fds", "Soft limit of open file descriptors", *most);
  }
  return families;
}

}  // namespace certwatch
