#include "pipeline/ledger_change.h"

#include <algorithm>
#include <utility>

namespace certwatch {

StoreResult<LedgerChange> change_ledger(LedgerStore& store, const Identities& wanted,
                                        const ledger::Rules& rules, const Events& events) {
  LedgerChange change;
  auto numbers = store.change(wanted, [&](ledger::Snapshot snapshot) {
    change.inventory_answered = snapshot.inventory_answered;
    ledger::Ledger ledger(std::move(snapshot), rules);
    events(ledger);
    change.verdicts = ledger.verdicts();
    change.resolutions = ledger.resolutions();
    ledger::Changes changes = ledger.changes();
    change.has_pending = std::any_of(
        changes.inserts.begin(), changes.inserts.end(),
        [](const ledger::NewRow& one) { return one.row.severity == Severity::pending; });
    return changes;
  });
  if (!numbers) return tl::unexpected(numbers.error());
  change.numbers = std::move(*numbers);
  for (auto* verdicts : {&change.verdicts, &change.resolutions}) {
    for (Verdict& verdict : *verdicts) verdict.row = change.number_of(verdict.row);
  }
  return change;
}

}  // namespace certwatch
