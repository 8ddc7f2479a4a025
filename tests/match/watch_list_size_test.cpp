// What must hold whatever the size of the list or of the name.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "match/domain_name.h"
#include "match/watch_list.h"
#include "support/catch.h"
#include "support/is_hit.h"

namespace certwatch {
namespace {

WatchList numbered(std::size_t count, const std::string& parent) {
  WatchListBuilder builder(count);
  for (std::size_t i = 0; i < count; ++i) builder.add("name-" + std::to_string(i) + parent);
  return std::move(builder).build();
}

TEST_CASE("a large list finds each of its entries and nothing else") {
  constexpr std::size_t count = 100'000;
  for (const char* parent : {".example.org", ".test"}) {
    const WatchList list = numbered(count, parent);
    REQUIRE(list.size() == count);
    for (std::size_t i = 0; i < count; i += 7) {
      const std::string entry = "name-" + std::to_string(i) + parent;
      Hits hits;
      list.find("WWW." + entry, hits);
      REQUIRE(hits.entries == std::vector<std::string_view>{entry});
      REQUIRE_FALSE(is_hit(list, "other-" + std::to_string(i) + parent));
    }
  }
}

TEST_CASE("a list grows as well unannounced, and shrinks when fewer came than expected") {
  WatchListBuilder unannounced;
  WatchListBuilder overestimated(1'000'000);
  for (std::size_t i = 0; i < 10'000; ++i) {
    unannounced.add("name-" + std::to_string(i) + ".org");
    overestimated.add("name-" + std::to_string(i) + ".org");
  }
  const WatchList small = std::move(unannounced).build();
  const WatchList cut = std::move(overestimated).build();
  CHECK(cut.memory_bytes() < small.memory_bytes() * 3 / 2);
  for (std::size_t i = 0; i < 10'000; i += 11) {
    CHECK(is_hit(small, "name-" + std::to_string(i) + ".org"));
    CHECK(is_hit(cut, "name-" + std::to_string(i) + ".org"));
  }
  CHECK_FALSE(is_hit(small, "name-10000.org"));
  CHECK_FALSE(is_hit(cut, "name-10000.org"));
}

TEST_CASE("an entry costs less than 100 bytes of memory") {
  constexpr std::size_t count = 200'000;
  CHECK(numbered(count, ".example.org").memory_bytes() < 100 * count);
  WatchListBuilder builder(count);  // each with a parent of its own: the worst case
  for (std::size_t i = 0; i < count; ++i) builder.add("www.name-" + std::to_string(i) + ".org");
  CHECK(std::move(builder).build().memory_bytes() < 100 * count);
}

TEST_CASE("what a wildcard hits is bounded, counted, and never hides a direct hit") {
  constexpr std::size_t count = most_hits + 2345;
  WatchListBuilder builder;
  for (std::size_t i = 0; i < count; ++i) builder.add("name-" + std::to_string(i) + ".com");
  builder.add("example.org");
  const WatchList list = std::move(builder).build();

  Hits hits;
  list.find("*.com", hits);
  CHECK(hits.entries.size() == most_hits);
  CHECK(hits.left_out == 2345);
  CHECK(std::set<std::string_view>(hits.entries.begin(), hits.entries.end()).size() == most_hits);

  list.find("www.example.org", hits);
  CHECK(hits.entries.back() == "example.org");
  list.find("*.com", hits);
  CHECK(hits.entries.size() == most_hits + 1);
  CHECK(hits.left_out == 2345 + count);
  CHECK(is_hit(list, "*.com"));

  // Direct hits have a bound too: a message can hold millions of names.
  for (std::size_t i = 0; i < 2 * most_hits; ++i) {
    list.find(i % 2 == 0 ? "name-1.com" : "name-2.com", hits);
  }
  CHECK(hits.entries.size() == 2 * most_hits);
  CHECK(hits.left_out > 2345 + count);
}

TEST_CASE("entries as long as allowed are found below names of any length") {
  const std::string entry = std::string(longest_watch_entry - 12, 'e') + ".example.org";
  const WatchList list = [&] {
    WatchListBuilder builder;
    CHECK(builder.add(entry) == WatchListBuilder::Added::entry);
    CHECK(builder.add("below.of." + std::string(900, 'f') + ".net") ==
          WatchListBuilder::Added::entry);
    return std::move(builder).build();
  }();
  for (const std::size_t length : {0U, 1U, 62U, 63U, 64U, 65U, 1000U, 10'000U, 1'000'000U}) {
    INFO(length);
    const std::string front(length, 'x');
    CHECK(is_hit(list, entry));
    CHECK(is_hit(list, front + "." + entry));
    CHECK(is_hit(list, "*." + front + "." + entry));
    CHECK_FALSE(is_hit(list, front + "x" + entry));
    CHECK_FALSE(is_hit(list, "*." + front + "x" + entry));
    CHECK(is_hit(list, entry + std::string(length, '.')));
    CHECK(is_hit(list, std::string(length, ' ') + entry + std::string(length, '\n')));
  }
  CHECK(is_hit(list, "*.of." + std::string(900, 'f') + ".net"));
  CHECK_FALSE(is_hit(list, "*.o." + std::string(900, 'f') + ".net"));
  CHECK_FALSE(is_hit(list, "*." + std::string(900, 'f') + ".net"));
  CHECK_FALSE(is_hit(list, "*." + std::string(901, 'f') + ".net"));
}

TEST_CASE("a suffix is found at every place relative to the words names are read in") {
  const WatchList list = numbered(50, ".example.org");
  for (std::size_t length = 0; length < 200; ++length) {
    for (const char* label : {"", "a.", "a.b.", "abcdefgh."}) {
      const std::string name = std::string(length, 'x') + "." + label + "name-7.example.org";
      INFO(name);
      REQUIRE(is_hit(list, name));
      REQUIRE_FALSE(is_hit(list, name + "x"));
    }
  }
}

TEST_CASE("a name of very many labels costs no more than its length") {
  WatchListBuilder builder;
  builder.add(std::string(990, 'x') + ".org");  // so that the longest suffixes are looked at
  builder.add("a.a");
  const WatchList list = std::move(builder).build();
  std::string name;
  for (int i = 0; i < 1'000'000; ++i) name += "a.";
  // Quadratic cost would be 10^12 steps: the test would run into its time limit.
  Hits hits;
  list.find(name, hits);
  CHECK(hits.entries == std::vector<std::string_view>{"a.a"});
  name.back() = 'b';
  CHECK_FALSE(is_hit(list, name));
}

}  // namespace
}  // namespace certwatch
