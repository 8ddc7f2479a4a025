// What record/watch_source.h promises.
#include <algorithm>

#include "contract/desk.h"
#include "support/catch.h"

namespace certwatch::contract {
namespace {

using Entries = std::vector<std::optional<std::string>>;

Entries visited(WatchSource& source) {
  Entries all;
  must(source.visit([&all](std::optional<std::string_view> entry) {
    all.push_back(entry ? std::optional(std::string(*entry)) : std::nullopt);
  }));
  std::sort(all.begin(), all.end());
  return all;
}

TEST_CASE("every row is visited once, as it stands, null too") {
  const auto store = make_store();
  const auto source = store->watch_source();
  CHECK(visited(*source).empty());
  const Entries entries{
      std::nullopt,  "",           " Padded.Example. ", "*.example.org", "example.org",
      "example.org", "na\"me'; --"};
  store->set_watch_list(entries);
  CHECK(visited(*source) == entries);
  store->set_watch_list({"other.example"});
  CHECK(visited(*source) == Entries{"other.example"});
}

}  // namespace
}  // namespace certwatch::contract
