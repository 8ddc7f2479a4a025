#include "base/digest.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/certificate_builder.h"
#include "x509/certificate.h"

namespace certwatch {
namespace {

using build::Parts;

std::string hash(const Parts& parts) {
  const auto digest = tbs_sha256(parts.certificate());
  REQUIRE(digest);
  return to_hex(*digest);
}

std::string hash_of_whole(const Parts& parts) {
  return to_hex(sha256(parts.tbs()));
}

TEST_CASE("poison and SCT lists do not count, wherever they stand") {
  const std::string names = build::dns_names({"example.org"});
  const std::string usage = build::key_purpose("\x2B\x06");
  Parts bare;
  bare.extensions = names + usage;
  CHECK(hash(bare) == hash_of_whole(bare));
  for (const std::string& cut : {build::poison(), build::sct_list("scts"), build::sct_list(""),
                                 build::extension(build::poison_oid, "not critical"),
                                 build::extension(build::sct_list_oid, "critical", true),
                                 build::poison() + build::sct_list("both") + build::poison()}) {
    for (const std::string& all : {cut + names + usage, names + cut + usage, names + usage + cut}) {
      Parts parts;
      parts.extensions = all;
      CHECK(hash(parts) == hash_of_whole(bare));
    }
  }
}

TEST_CASE("whatever else differs makes another hash") {
  Parts one;
  one.extensions = build::dns_names({"example.org"}) + build::poison();
  Parts other_name = one;
  other_name.extensions = build::dns_names({"example.net"}) + build::poison();
  Parts other_key = one;
  other_key.spki = build::sequence(build::element(0x03, "another key"));
  Parts other_serial = one;
  other_serial.serial = build::element(0x02, "\x01\x24");
  Parts other_order = one;
  other_order.extensions = build::key_purpose("\x2B\x06") + one.extensions;
  Parts turned = other_order;
  turned.extensions = one.extensions + build::key_purpose("\x2B\x06");
  const std::vector<Parts> all = {one, other_name, other_key, other_serial, other_order, turned};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      INFO(i << " and " << k);
      CHECK(hash(all[i]) != hash(all[k]));
    }
  }
}

TEST_CASE("an identifier that only begins alike is not cut out") {
  Parts parts;
  parts.extensions = build::extension("\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x03\x01", "longer") +
                     build::extension("\x2B\x06\x01\x04\x01\xD6\x79\x02\x04", "shorter") +
                     build::extension("\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x04", "another");
  CHECK(hash(parts) == hash_of_whole(parts));
}

TEST_CASE("an extensions block that is empty, or left so, goes as a whole") {
  const Parts bare;
  Parts only_poison;
  only_poison.extensions = build::poison();
  CHECK(hash(only_poison) == hash_of_whole(bare));
  Parts empty_block;
  empty_block.optional_parts = build::element(0xA3, build::sequence(""));
  CHECK(hash(empty_block) == hash_of_whole(bare));
}

TEST_CASE("lengths that enclose are re-encoded across every change of their size") {
  for (const std::size_t kept_size :
       {0U, 20U, 60U, 90U, 100U, 120U, 160U, 200U, 65'400U, 65'530U}) {
    for (const std::size_t cut_size : {0U, 1U, 100U, 128U, 200U, 256U, 65'536U}) {
      Parts bare;
      bare.extensions = build::extension("\x2A\x05", std::string(kept_size, 'k'));
      Parts with_scts = bare;
      with_scts.extensions += build::sct_list(std::string(cut_size, 's'));
      INFO(kept_size << " kept, " << cut_size << " cut");
      CHECK(hash(with_scts) == hash_of_whole(bare));
    }
  }
}

TEST_CASE("what stands before and behind the extensions block is kept") {
  Parts parts;
  parts.optional_parts = build::element(0x81, "issuer") + build::element(0x82, "subject");
  Parts with_poison = parts;
  with_poison.extensions = build::poison();
  CHECK(hash(with_poison) == hash_of_whole(parts));

  Parts behind;
  behind.optional_parts =
      build::element(0xA3, build::sequence(build::poison())) + build::element(0x84, "behind");
  Parts without;
  without.optional_parts = build::element(0x84, "behind");
  CHECK(hash(behind) == hash_of_whole(without));
}

}  // namespace
}  // namespace certwatch
