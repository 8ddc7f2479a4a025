#include "match/watch_list.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/is_hit.h"

namespace certwatch {
namespace {

using Names = std::set<std::string>;
using Added = WatchListBuilder::Added;

WatchList list_of(const std::vector<std::string>& rows) {
  WatchListBuilder builder;
  for (const std::string& row : rows) builder.add(row);
  return std::move(builder).build();
}

Names found(const WatchList& list, std::string_view san) {
  Hits hits;
  const bool is_hit = list.find(san, hits);
  CHECK(is_hit == !hits.entries.empty());
  CHECK(hits.left_out == 0);
  return {hits.entries.begin(), hits.entries.end()};
}

struct Row {
  const char* why;
  std::string san;
  Names entries;
};

TEST_CASE("a name matches the entries that the table of the README says") {
  const WatchList list = list_of({"example.org", "foo.example.org", "a.foo.example.org"});
  const std::vector<Row> table = {
      {"the entry itself", "example.org", {"example.org"}},
      {"below it", "www.example.org", {"example.org"}},
      {"below two entries", "www.foo.example.org", {"example.org", "foo.example.org"}},
      {"far below", "a.b.c.d.e.example.org", {"example.org"}},
      {"wildcard of the entry, and of the entries with one more label",
       "*.example.org",
       {"example.org", "foo.example.org"}},
      {"wildcard above the entry", "*.org", {"example.org"}},
      {"wildcard of something below", "*.b.example.org", {"example.org"}},
      {"wildcard that covers a deeper entry too",
       "*.foo.example.org",
       {"example.org", "foo.example.org", "a.foo.example.org"}},
      {"only the end of a label", "notexample.org", {}},
      {"the entry in front", "example.org.evil.com", {}},
      {"wildcard of something else", "*.notexample.org", {}},
      {"a label of the entry", "org", {}},
      {"upper case", "WWW.EXAMPLE.ORG", {"example.org"}},
      {"white space around it", "\n\t example.org \v\f\r", {"example.org"}},
      {"trailing dots, all of them", "www.example.org...", {"example.org"}},
      {"white space, then dots", " *.Example.org.. ", {"example.org", "foo.example.org"}},
      {"white space before the dots stays", "example.org .", {}},
      {"empty", "", {}},
      {"only white space", " \t", {}},
      {"only dots", "...", {}},
      {"only a star", "*", {}},
      {"a star and dots", "*..", {}},
      {"two wildcards", "*.*.example.org", {"example.org"}},
      {"a wildcard in the middle", "foo.*.example.org", {"example.org"}},
      {"a wildcard in part of a label", "w*.example.org", {"example.org"}},
      {"underscore", "_x.example.org", {"example.org"}},
      {"empty labels in front", "..example.org", {"example.org"}},
      {"an empty label in front", ".example.org", {"example.org"}},
      {"an empty label behind a wildcard", "*..example.org", {"example.org"}},
      {"wildcard of an empty label", "*..org", {}},
      {"an empty label within", "example..org", {}},
      {"NUL before the entry", std::string("evil.com\0.example.org", 21), {"example.org"}},
      {"NUL in place of a dot", std::string("www\0example.org", 15), {}},
      {"NUL behind", std::string("example.org\0", 12), {}},
      {"a mail address", "someone@example.org", {}},
      {"a mail address below", "someone@mail.example.org", {"example.org"}},
      {"a URI", "https://www.example.org", {"example.org"}},
      {"newline in front", "a\n.example.org", {"example.org"}},
      {"other letters' case", "\u00DC.example.org", {"example.org"}},
      {"not UTF-8", "\xFF\xFE.example.org", {"example.org"}},
      {"a byte that differs from a dot or letter only in its top bit",
       "www\xAE"
       "example.org",
       {}},
      {"characters next to the letters", "@[`{.example.org", {"example.org"}},
  };
  for (const Row& row : table) {
    INFO(row.why << ": " << row.san);
    CHECK(found(list, row.san) == row.entries);
  }
}

TEST_CASE("only ASCII letters are folded, wherever in the name they stand") {
  std::string entry;
  for (int c = 1; c < 256; ++c) {
    if (c != '.' && c != '*') entry += static_cast<char>(c);
  }
  entry += ".example";
  const WatchList list = list_of({entry});
  REQUIRE(list.size() == 1);
  std::string upper = entry;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  for (std::size_t shift = 0; shift < 9; ++shift) {
    CHECK(is_hit(list, std::string(shift, 'x') + "." + upper));
  }
  for (std::size_t i = 0; i < entry.size(); ++i) {
    std::string other = upper;
    other[i] = static_cast<char>(other[i] ^ 0x80);
    INFO(i);
    CHECK_FALSE(is_hit(list, "x." + other));
  }
}

TEST_CASE("an empty list matches nothing") {
  const WatchList list = list_of({});
  CHECK(list.size() == 0);
  CHECK(found(list, "example.org").empty());
  CHECK(found(list, "*.org").empty());
  CHECK(found(list, "").empty());
}

TEST_CASE("rows are counted as entries, duplicates or invalid") {
  WatchListBuilder builder;
  CHECK(builder.add("example.org") == Added::entry);
  CHECK(builder.add("*.EXAMPLE.org.") == Added::duplicate);
  CHECK(builder.add("org") == Added::invalid);
  CHECK(builder.add("") == Added::invalid);
  CHECK(builder.add("www.example.org") == Added::entry);
  CHECK(builder.add("b\u00FCcher.example") == Added::entry);
  CHECK(builder.add("b\u00FCcher.example") == Added::duplicate);
  CHECK(builder.add("xn--bcher-kva.example") == Added::entry);
  CHECK(builder.add("xn--bcher-kva.example") == Added::duplicate);
  CHECK(std::move(builder).build().size() == 4);
}

TEST_CASE("an entry in Unicode is found as A-label and as written, and reported as written") {
  const WatchList list = list_of({"b\u00FCcher.example", "sub.xn--strae-oqa.de"});
  CHECK(list.size() == 2);
  CHECK(found(list, "www.xn--bcher-kva.example") == Names{"b\u00FCcher.example"});
  CHECK(found(list, "XN--BCHER-KVA.example") == Names{"b\u00FCcher.example"});
  CHECK(found(list, "www.b\u00FCcher.example") == Names{"b\u00FCcher.example"});
  CHECK(found(list, "*.example") == Names{"b\u00FCcher.example"});
  CHECK(found(list, "b\u00DCcher.example").empty());
}

TEST_CASE("an entry given in both forms is reported in both, whichever came first") {
  const std::vector<std::string> rows = {"b\u00FCcher.example", "xn--bcher-kva.example",
                                         "B\u00DCCHER.example"};
  const Names as_a_label(rows.begin(), rows.end() - 1);
  for (const auto& order : {std::vector<int>{0, 1, 2}, {1, 0, 2}, {2, 1, 0}}) {
    WatchListBuilder builder;
    for (const int i : order) {
      CHECK(builder.add(rows[static_cast<std::size_t>(i)]) == Added::entry);
    }
    const WatchList list = std::move(builder).build();
    CHECK(list.size() == 3);
    CHECK(found(list, "www.xn--bcher-kva.example") ==
          Names{"b\u00FCcher.example", "xn--bcher-kva.example", "b\u00DCcher.example"});
    CHECK(found(list, "www.b\u00FCcher.example") == Names{"b\u00FCcher.example"});
  }
}

TEST_CASE("hits of several names are added up") {
  const WatchList list = list_of({"example.org", "example.net"});
  Hits hits;
  list.find("www.example.org", hits);
  list.find("www.example.com", hits);
  list.find("*.example.net", hits);
  CHECK(Names(hits.entries.begin(), hits.entries.end()) == Names{"example.org", "example.net"});
}

TEST_CASE("a list is still whole after it has been moved") {
  WatchList list = list_of({"example.org"});
  WatchList other = list_of({"example.net"});
  other = std::move(list);
  const WatchList last = std::move(other);
  CHECK(found(last, "www.example.org") == Names{"example.org"});
}

}  // namespace
}  // namespace certwatch
