// The watch list against the rules written down plainly, over random names.
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "match/reference_matcher.h"
#include "match/watch_list.h"
#include "support/catch.h"

namespace certwatch {
namespace {

// Few and short labels, so that names and entries meet often.
class NameMaker {
 public:
  explicit NameMaker(std::uint32_t seed) : random_(seed) {}

  std::string name() {
    static const std::vector<std::string> labels = {
        "a",  "b",       "example", "org", "com", "A",        "eXample",   "*", "",     "\u00FC",
        "_x", "xn--tda", "w*",      " ",   "ab",  "abcdefgh", "abcdefghi", "-", "a\tb", "\xC3"};
    std::string name = below(8) == 0 ? "*." : "";
    const std::size_t count = 1 + below(5);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) name += '.';
      // The first labels far more often than the odd ones.
      name += labels[below(3) == 0 ? below(labels.size()) : below(5)];
    }
    if (below(16) == 0) name += '.';
    if (below(16) == 0) name = ' ' + name;
    return name;
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937 random_;
};

TEST_CASE("the watch list finds just what the rules say, over random lists and names") {
  NameMaker maker(20260501);
  std::size_t matched = 0;
  for (int round = 0; round < 150; ++round) {
    testing::ReferenceMatcher reference;
    WatchListBuilder builder;
    const std::size_t rows = maker.below(60);
    for (std::size_t i = 0; i < rows; ++i) {
      const std::string row = maker.name();
      const std::size_t before = reference.size();
      reference.add(row);
      REQUIRE((builder.add(row) == WatchListBuilder::Added::entry) == (reference.size() > before));
    }
    const WatchList list = std::move(builder).build();
    REQUIRE(list.size() == reference.size());
    for (int i = 0; i < 200; ++i) {
      const std::string san = maker.name();
      Hits hits;
      const bool is_hit = list.find(san, hits);
      const std::set<std::string> found(hits.entries.begin(), hits.entries.end());
      INFO("round " << round << ", name '" << san << "'");
      REQUIRE(found == reference.find(san));
      REQUIRE(is_hit == !found.empty());
      if (!found.empty()) ++matched;
    }
  }
  // The test would be worthless if next to nothing met.
  CHECK(matched > 2000);
}

}  // namespace
}  // namespace certwatch
