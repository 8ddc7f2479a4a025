#include "base/digest.h"

#include <set>

#include "base/text.h"
#include "support/catch.h"

namespace certwatch {
namespace {

using namespace std::string_literals;

TEST_CASE("the examples of FIPS 180-4") {
  const std::string two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  const std::string million(1'000'000, 'a');
  CHECK(to_hex(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(to_hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(to_hex(sha1(two_blocks)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(to_hex(sha1(million)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(two_blocks)) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(million)) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a view without memory is the empty text") {
  CHECK(sha1(std::string_view()) == sha1(""));
  CHECK(sha256(std::string_view()) == sha256(""));
}

TEST_CASE("the test cases of RFC 4231, and keys of no length") {
  CHECK(to_hex(hmac_sha256(std::string(20, '\x0B'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xAA'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  const std::string of_nothing = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  CHECK(to_hex(hmac_sha256("", "")) == of_nothing);
  CHECK(to_hex(hmac_sha256(std::string_view(), std::string_view())) == of_nothing);
}

TEST_CASE("two lists of parts have one digest only if they are equal") {
  const auto digest = [](std::initializer_list<std::string> parts) {
    Sha256OfParts all;
    for (const std::string& part : parts) all.add(part);
    return all.digest();
  };
  const std::vector<std::string> digests = {
      digest({}),      digest({""}),           digest({"", ""}),       digest({"a", "b"}),
      digest({"ab"}),  digest({"a", "b", ""}), digest({"", "a", "b"}), digest({"b", "a"}),
      digest({"1:a"}), digest({"1:a1:b"}),     digest({"a1:b"}),       digest({"a\0b"s}),
  };
  CHECK(std::set<std::string>(digests.begin(), digests.end()).size() == digests.size());
  CHECK(digest({"a", "b"}) == digest({"a", "b"}));
  // Stored keys must not change from one version to the next.
  CHECK(to_hex(digest({"An Issuer", ""})) == to_hex(sha256("9:An Issuer0:")));
}

}  // namespace
}  // namespace certwatch
