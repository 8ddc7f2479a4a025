#include "metrics/process_metrics.h"

#include <chrono>
#include <fcntl.h>
#include <map>
#include <string>
#include <unistd.h>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("the line of /proc/self/stat is read whatever the program is called") {
  const std::string name = GENERATE("certwatch", "a b", "a) R 1 (b", "");
  const auto stat = parse_process_stat(
      "4242 (" + name +
      ") S 1 4242 4242 0 -1 4194304 100 0 0 0 1250 250 7 8 20 0 9 0 123456 104857600 2560 "
      "18446744073709551615 1 1 0 0 0 0 0 0 0\n");
  REQUIRE(stat);
  CHECK(stat->cpu_ticks == 1500);
  CHECK(stat->threads == 9);
  CHECK(stat->start_ticks == 123456);
  CHECK(stat->virtual_bytes == 104857600);
  CHECK(stat->resident_pages == 2560);
}

TEST_CASE("what is no such line gives nothing") {
  CHECK_FALSE(parse_process_stat(""));
  CHECK_FALSE(parse_process_stat("1 (x) S 1 2 3"));
  CHECK_FALSE(parse_process_stat("1 (x) S 1 1 1 0 -1 4 1 0 0 0 x 2 7 8 20 0 9 0 1 1 1 1"));
}

TEST_CASE("the start of the machine is found in /proc/stat") {
  CHECK(parse_boot_time("cpu 1 2\nctxt 5\nbtime 1717500000\nprocesses 1\n") == 1717500000U);
  CHECK(parse_boot_time("btime 7") == 7U);
  CHECK_FALSE(parse_boot_time("cpu 1 2\n"));
  CHECK_FALSE(parse_boot_time("xbtime 5\nbtime x\n"));
  CHECK_FALSE(parse_boot_time(""));
}

std::map<std::string, double> readings() {
  std::map<std::string, double> values;
  for (const prometheus::MetricFamily& family : ProcessMetrics().Collect()) {
    REQUIRE(family.metric.size() == 1);
    const bool counts = family.type == prometheus::MetricType::Counter;
    values[family.name] = counts ? family.metric[0].counter.value : family.metric[0].gauge.value;
  }
  return values;
}

TEST_CASE("this very process is described") {
  const auto values = readings();
  CHECK(values.at("process_cpu_seconds_total") >= 0);
  CHECK(values.at("process_threads") >= 1);
  CHECK(values.at("process_virtual_memory_bytes") > values.at("process_resident_memory_bytes"));
  CHECK(values.at("process_resident_memory_bytes") > 1'000'000);
  CHECK(values.at("process_open_fds") >= 1);
  CHECK(values.at("process_max_fds") > values.at("process_open_fds"));
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(values.at("process_start_time_seconds") < now + 2);
  CHECK(values.at("process_start_time_seconds") > now - 3600);
}

TEST_CASE("a descriptor more is one more") {
  const double before = readings().at("process_open_fds");
  const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(descriptor >= 0);
  CHECK(readings().at("process_open_fds") == before + 1);
  close(descriptor);
}

}  // namespace
}  // namespace certwatch
