#include <cstring>

#include "match/name_hash.h"
#include "match/watch_list.h"

namespace certwatch {
namespace {

std::uint64_t hash_of(std::string_view row, std::uint64_t multiplier) {
  std::uint64_t hash = fold_multiply(row.size() ^ multiplier, 0xA0761D6478BD642FU);
  for (; row.size() >= 8; row.remove_prefix(8)) {
    hash = fold_multiply(hash ^ load_8(row.data()), multiplier);
  }
  char rest[8] = {};
  if (!row.empty()) std::memcpy(rest, row.data(), row.size());  // NULL rows come without any bytes
  return fold_multiply(fold_multiply(hash ^ load_8(rest), multiplier), 0xE7037ED1A0B428DBU);
}

}  // namespace

void WatchListDigest::add(std::string_view fqdn) {
  sum_low_ += hash_of(fqdn, 0x8EBC6AF09C88C6E3U);
  sum_high_ += hash_of(fqdn, 0x589965CC75374CC3U);
  ++rows_;
}

}  // namespace certwatch
