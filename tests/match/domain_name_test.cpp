#include "match/domain_name.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace certwatch {
namespace {

using Forms = std::vector<std::string>;

struct Accepted {
  const char* why;
  std::string row;
  Forms forms;
};

TEST_CASE("a watch entry is normalised before it is compared") {
  const std::string long_label(995, 'a');
  const std::vector<Accepted> table = {
      {"as it stands", "example.org", {"example.org"}},
      {"white space around it", " \t\r\n\v\fexample.org \n", {"example.org"}},
      {"upper case", "WWW.Example.ORG", {"www.example.org"}},
      {"trailing dots, all of them", "example.org...", {"example.org"}},
      {"one leading wildcard", "*.example.org", {"example.org"}},
      {"wildcard, dots and case at once", " *.Example.Org. ", {"example.org"}},
      {"characters no host name has", "_dmarc.a b.example.org", {"_dmarc.a b.example.org"}},
      {"an A-label in upper case", "XN--BCHER-KVA.example", {"xn--bcher-kva.example"}},
      {"as long as allowed", long_label + ".test", {long_label + ".test"}},
      {"Unicode: as written and as A-labels",
       "b\u00FCcher.example",
       {"b\u00FCcher.example", "xn--bcher-kva.example"}},
      {"Unicode upper case is ASCII's as written, Unicode's in A-labels",
       "B\u00DCCHER.Example",
       {"b\u00DCcher.example", "xn--bcher-kva.example"}},
      {"non-transitional: sharp s stays", "stra\u00DFe.de", {"stra\u00DFe.de", "xn--strae-oqa.de"}},
      {"wildcard of a Unicode name",
       "*.b\u00FCcher.example.",
       {"b\u00FCcher.example", "xn--bcher-kva.example"}},
      {"an underscore beside Unicode", "_x.\u00FC.de", {"_x.\u00FC.de", "_x.xn--tda.de"}},
      {"IDNA refuses it: as written only", "-\u00FC.de", {"-\u00FC.de"}},
      {"not UTF-8: as written only", "\xFF.de", {"\xFF.de"}},
      {"a NUL would end it for libidn2",
       std::string("\u00FC.de\0.example.de", 17),
       {std::string("\u00FC.de\0.example.de", 17)}},
      {"IDNA would make a wildcard of it", "\uFF0A.example.org", {"\uFF0A.example.org"}},
      {"IDNA would leave an empty label", "\u00AD.example.org", {"\u00AD.example.org"}},
  };
  for (const Accepted& row : table) {
    INFO(row.why);
    const auto forms = watch_entry_forms(row.row);
    REQUIRE(forms.has_value());
    CHECK(*forms == row.forms);
  }
}

struct Refused {
  std::string row;
  std::string error;
};

TEST_CASE("a watch entry that cannot be meant is refused, and the error says why") {
  const std::vector<Refused> table = {
      {"", "'' is empty"},
      {" \t ", "' \t ' is empty"},
      {"...", "'...' is empty"},
      {"foo", "'foo' has fewer than two labels"},
      {"org.", "'org.' has fewer than two labels"},
      {"*.org", "'*.org' has fewer than two labels"},
      {"*.", "'*.' has fewer than two labels"},
      {"\u4F8B\u3002\u30C6", "'\u4F8B\u3002\u30C6' has fewer than two labels"},
      {".example.org", "'.example.org' has an empty label"},
      {"a..b", "'a..b' has an empty label"},
      {"*..org", "'*..org' has an empty label"},
      {"a.*.example.org", "'a.*.example.org' has a \"*\" besides one leading \"*.\""},
      {"*.*.example.org", "'*.*.example.org' has a \"*\" besides one leading \"*.\""},
      {"w*.example.org", "'w*.example.org' has a \"*\" besides one leading \"*.\""},
      {std::string(997, 'a') + ".org",
       "'" + std::string(100, 'a') + "...' is longer than 1000 bytes"},
  };
  for (const Refused& row : table) {
    INFO(row.row);
    const auto forms = watch_entry_forms(row.row);
    REQUIRE_FALSE(forms.has_value());
    CHECK(forms.error().message == row.error);
  }
}

}  // namespace
}  // namespace certwatch
