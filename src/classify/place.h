// Where a sighting belongs among the rows on record. Pure.
//
// Two rows of one serial key *contradict* each other if they cannot be one issuance. A sighting
// *ties* to a row if the two can be one issuance and something says that they are. A claim can make
// a row harder to call ours, and never easier.
#pragma once

#include <functional>
#include <span>

#include "model/issuance_row.h"

namespace certwatch {

// Of rows without TBS hash that are not quiet, under one serial key and set of names.
inline constexpr std::size_t most_unhashed_rows = 8;
// Of one sort in one row. Further claims are not kept.
inline constexpr std::size_t most_claimed_fingerprints = 16;

// A row that has seen this sighting and nothing else.
IssuanceRow row_of(const Identity& identity);

// Puts what a sighting says into a row. A computed fingerprint drives out claimed ones of the same
// sort: returns those.
std::vector<std::string> learn(IssuanceRow& row, const Identity& identity);

// Do two rows of one serial key speak of two certificates? If both have a TBS hash, they do if the
// hashes differ. Otherwise they do if the names differ, or if both have fingerprints of one sort
// and share none of that sort.
bool contradict(const IssuanceRow& one, const IssuanceRow& other);

struct Placement {
  enum class Kind {
    repeat,  // of `row`, which learns nothing
    joins,   // `row` learns it
    crowds,  // `row` has to take it, and is never ours from then on
    new_row,
  };
  Kind kind = Kind::new_row;
  IssuanceRow* row = nullptr;  // one of `rows`; null for new_row
};

// Is everything that this row holds ours?
using AllOurs = std::function<bool(const IssuanceRow&)>;

// `rows`, ordered by age, share an identity with the sighting. The sighting belongs to the first of
// these: a row that has its fingerprint as a computed one; a row that holds everything that the
// sighting says; the row to which it ties best and which it may join. It may join a row that is not
// quiet. It may join a quiet row only if everything in that row is then ours.
Placement place(const Identity& identity, std::span<IssuanceRow> rows, const AllOurs& all_ours);

}  // namespace certwatch
