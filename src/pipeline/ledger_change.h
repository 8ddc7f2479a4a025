// Lets events happen to alerts on record, within a transaction of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ledger/ledger.h"
#include "record/ledger_store.h"

namespace certwatch {

// What came of them, with the numbers that new rows have in the database.
struct LedgerChange {
  std::vector<Verdict> verdicts;
  std::vector<Verdict> resolutions;
  // False: the inventory did not answer in time, and no verdict fell.
  bool inventory_answered = true;
  // There are new rows whose verdict falls when their grace window ends.
  bool has_pending = false;
  RowNumbers numbers;  // of new rows

  // `row` as the ledger has it.
  std::int64_t number_of(std::int64_t row) const {
    return row < 0 ? numbers.at(static_cast<std::size_t>(-row - 1)) : row;
  }
};

using Events = std::function<void(ledger::Ledger&)>;

// Has the ledger decide about `events` within the store's transaction. `wanted` holds everything
// that the events ask the ledger about.
StoreResult<LedgerChange> change_ledger(LedgerStore& store, const Identities& wanted,
                                        const ledger::Rules& rules, const Events& events);

}  // namespace certwatch
