// What the service would make of a certificate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "match/watch_list.h"
#include "model/identity.h"
#include "model/sighting.h"
#include "record/ledger_store.h"

namespace certwatch {

struct Examination {
  Identity identity;
  std::vector<std::string> entries;   // watch entries that it hits, sorted
  std::string verdict;                // info, suspicious, pending, no alert, unknown
  std::string why;                    // for a person; may be hostile
  std::optional<std::int64_t> alert;  // the row that it would be a repeat of
};

// The names that decide whether it is looked at: the message's, where there is one.
const std::vector<std::string>& names_of(const Sighting& sighting);

// What would happen if the sighting came now and its grace window were over at once. Writes
// nothing. DER without a watched name is removed from the sighting, as the service does it.
Examination examine(Sighting& sighting, const WatchList& list, LedgerStore& store);

}  // namespace certwatch
