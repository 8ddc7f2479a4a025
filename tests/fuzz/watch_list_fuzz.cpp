// The watch list against the rules written down plainly: the lines up to the first empty one are
// rows of the list, those behind it names of certificates.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "match/reference_matcher.h"
#include "match/watch_list.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  certwatch::testing::ReferenceMatcher reference;
  certwatch::WatchListBuilder builder;
  for (std::string_view row = take_line(text); !row.empty(); row = take_line(text)) {
    const std::size_t before = reference.size();
    reference.add(row);
    const bool is_new = builder.add(row) == certwatch::WatchListBuilder::Added::entry;
    require(is_new == (reference.size() > before));
  }
  const certwatch::WatchList list = std::move(builder).build();
  require(list.size() == reference.size());
  while (!text.empty()) {
    const std::string_view san = take_line(text);
    certwatch::Hits hits;
    const bool is_hit = list.find(san, hits);
    const std::set<std::string> found(hits.entries.begin(), hits.entries.end());
    require(hits.left_out == 0);
    require(is_hit == !found.empty());
    require(found == reference.find(san));
  }
  return 0;
}
