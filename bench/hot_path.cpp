// What one message costs the reader thread, and one hit what reads it, in memory. A message each
// iteration, all of the corpus in turn; bench/run measures the same in the whole process.
#include <benchmark/benchmark.h>
#include <map>

#include "base/base64.h"
#include "classify/identify.h"
#include "corpus.h"
#include "decode/certstream_json.h"
#include "decode/certstream_walk.h"
#include "decode/json_token.h"
#include "prepared.h"
#include "x509/certificate.h"
#include "x509/facts.h"

namespace certwatch::bench {
namespace {

// Counts messages, and their bytes, against the time.
void count(benchmark::State& state, double mean_bytes) {
  const auto messages = static_cast<double>(state.iterations());
  state.counters["messages"] = benchmark::Counter(messages, benchmark::Counter::kIsRate);
  state.counters["bytes"] = benchmark::Counter(messages * mean_bytes, benchmark::Counter::kIsRate,
                                               benchmark::Counter::kIs1024);
}

double mean_size(const PreparedMessages& messages) {
  return static_cast<double>(messages.bytes()) / static_cast<double>(messages.size());
}

// Built once: a list of a million takes longer to build than to measure.
const WatchList& watch_list(std::size_t entries) {
  static std::map<std::size_t, WatchList> lists;
  const auto found = lists.find(entries);
  return found != lists.end() ? found->second
                              : lists.emplace(entries, watch_list_of(entries)).first->second;
}

void skim(benchmark::State& state, const char* name) {
  PreparedMessages messages(corpus(name));
  CertstreamDecoder decoder;
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.skim(messages[at]));
    at = (at + 1) % messages.size();
  }
  count(state, mean_size(messages));
}
BENCHMARK_CAPTURE(skim, full, "full");
BENCHMARK_CAPTURE(skim, lite, "lite");
BENCHMARK_CAPTURE(skim, others, "others");

// A name each iteration.
void match(benchmark::State& state) {
  PreparedMessages messages(corpus("full"));
  CertstreamDecoder decoder;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto skimmed = decoder.skim(messages[i]);
    if (skimmed) names.insert(names.end(), skimmed->names.begin(), skimmed->names.end());
  }
  const WatchList& list = watch_list(static_cast<std::size_t>(state.range(0)));
  Hits hits;
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(list.find(names[at], hits));
    at = (at + 1) % names.size();
  }
  state.counters["entries"] = static_cast<double>(list.size());
}
BENCHMARK(match)->Arg(10)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

void skim_and_match(benchmark::State& state) {
  PreparedMessages messages(corpus("full"));
  CertstreamDecoder decoder;
  const WatchList& list = watch_list(static_cast<std::size_t>(state.range(0)));
  Hits hits;
  std::size_t at = 0;
  for (auto _ : state) {
    const auto skimmed = decoder.skim(messages[at]);
    for (const std::string_view name : skimmed->names) {
      benchmark::DoNotOptimize(list.find(name, hits));
    }
    at = (at + 1) % messages.size();
  }
  count(state, mean_size(messages));
}
BENCHMARK(skim_and_match)->Arg(10)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

// Base64 to DER, DER to names, dates and hashes, all that an alert is recognised by.
void read(benchmark::State& state) {
  PreparedMessages messages(corpus("full"));
  CertstreamDecoder decoder;
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.read(messages[at]));
    at = (at + 1) % messages.size();
  }
  count(state, mean_size(messages));
}
BENCHMARK(read);

std::vector<Sighting> sightings() {
  PreparedMessages messages(corpus("full"));
  CertstreamDecoder decoder;
  std::vector<Sighting> read;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (auto decoded = decoder.read(messages[i])) read.push_back(std::move(decoded->sighting));
  }
  return read;
}

std::vector<std::string> certificates() {
  PreparedMessages messages(corpus("full"));
  CertstreamWalk walk;
  std::vector<std::string> ders;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!walk.walk(messages[i], CertstreamWalk::Extent::everything)) continue;
    const auto base64 = string_inside(walk.tokens().body.leaf.as_der);
    if (auto der = from_base64(base64.value_or(""))) ders.push_back(std::move(*der));
  }
  return ders;
}

void identify_sighting(benchmark::State& state) {
  const std::vector<Sighting> all = sightings();
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(identify(all[at]));
    at = (at + 1) % all.size();
  }
}
BENCHMARK(identify_sighting)->Name("identify");

void compute_facts(benchmark::State& state) {
  const std::vector<std::string> ders = certificates();
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(facts_of(ders[at], {}));
    at = (at + 1) % ders.size();
  }
}
BENCHMARK(compute_facts)->Name("facts_of");

void read_der(benchmark::State& state) {
  const std::vector<std::string> ders = certificates();
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_certificate(ders[at]));
    at = (at + 1) % ders.size();
  }
}
BENCHMARK(read_der)->Name("read_certificate");

void hash_tbs(benchmark::State& state) {
  const std::vector<std::string> ders = certificates();
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tbs_sha256(ders[at]));
    at = (at + 1) % ders.size();
  }
}
BENCHMARK(hash_tbs)->Name("tbs_sha256");

}  // namespace
}  // namespace certwatch::bench

BENCHMARK_MAIN();
