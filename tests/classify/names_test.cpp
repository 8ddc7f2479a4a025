#include "classify/names.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;

TEST_CASE("names as a set, of what may be a DNS name of two labels") {
  CHECK(comparable_names({" B.Example. ", "a.example", "b.example", "localhost", "192.0.2.1",
                          "2001:db8::1", "::ffff:192.0.2.1", "me@a.example", "http://a.example",
                          "a b.example", "..", ""}) == Names{"a.example", "b.example"});
  CHECK(comparable_names({"DNS:b.example", "dns: A.example.", "DNS:192.0.2.1", "DNS:"}) ==
        Names{"a.example", "b.example"});
  CHECK(comparable_names({"*.example.org", "x.example.org.."}) ==
        Names{"*.example.org", "x.example.org"});
}

TEST_CASE("names that a text column does not take are comparable all the same") {
  CHECK(comparable_names({"a\0.example"s}) == Names{"a\uFFFD.example"});
  // One server writes ill-formed bytes as they stand, another one as what replaces them.
  CHECK(comparable_names({"b\xFC"s + "cher.example"}) == comparable_names({"b\uFFFDcher.example"}));
}

TEST_CASE("names agree where they are the same, or there is nothing to compare") {
  const Names names{"a.example", "xn--bcher-kva.example"};
  CHECK(names_agree(names, names));
  CHECK(names_agree({"DNS:xn--bcher-kva.example", "DNS:A.example"}, names));
  CHECK(names_agree({}, names));
  CHECK(names_agree({"a.example", "b\u00FCcher.example"}, names));
  CHECK(names_agree({"b\xFC"s + "cher.example"}, names));
  CHECK_FALSE(names_agree({"a.example"}, names));
  // Only what the inventory says: a certificate may have names in any form.
  CHECK_FALSE(names_agree({"a.example"}, {"b\u00FCcher.example"}));
}

}  // namespace
}  // namespace certwatch
