#include "base/uuid.h"

#include <set>

#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("UUIDs are of version 4, well-formed, and differ") {
  std::set<std::string> seen;
  std::set<char> variants;
  for (int i = 0; i < 2000; ++i) {
    const std::string uuid = random_uuid();
    REQUIRE(uuid.size() == 36);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
      const bool is_well_formed =
          is_dash ? uuid[at] == '-'
                  : std::string("0123456789abcdef").find(uuid[at]) != std::string::npos;
      if (!is_well_formed) FAIL(uuid);
    }
    if (uuid[14] != '4') FAIL(uuid);
    variants.insert(uuid[19]);
    seen.insert(uuid);
  }
  CHECK(seen.size() == 2000);
  CHECK(variants == std::set<char>{'8', '9', 'a', 'b'});
}

}  // namespace
}  // namespace certwatch
