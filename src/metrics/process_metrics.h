// The standard process_* metrics, read from /proc when somebody asks.
// Names and meaning: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
#pragma once

#include <cstdint>
#include <optional>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <string_view>
#include <vector>

namespace certwatch {

// What /proc/self/stat says, in the kernel's own units (proc_pid_stat(5)).
struct ProcessStat {
  std::uint64_t cpu_ticks = 0;    // user and system
  std::uint64_t start_ticks = 0;  // since the machine started
  std::uint64_t threads = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

// Nothing where the text is not of that form. The name of the program, which anybody may choose,
// can hold spaces and parentheses.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// When the machine started, in Unix seconds: the line "btime" of /proc/stat.
std::optional<std::uint64_t> parse_boot_time(std::string_view text);

// A metric whose source cannot be read is left out, never shown as 0. Safe for use from any thread.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  ProcessMetrics();

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::optional<std::uint64_t> boot_time_;
};

}  // namespace certwatch
