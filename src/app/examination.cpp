#include "app/examination.h"

#include <algorithm>
#include <utility>

#include "base/uuid.h"
#include "classify/identify.h"
#include "ledger/ledger.h"

namespace certwatch {
namespace {

// As the service does: DER that is for nothing that is watched is not believed.
std::vector<std::string> look_up_names(Sighting& sighting, const WatchList& list) {
  Hits hits;
  for (const std::string& name : names_of(sighting)) list.find(name, hits);
  if (!hits.entries.empty() && sighting.computed) {
    bool is_watched = false;
    for (const std::string& name : sighting.computed->names) {
      is_watched = list.find(name, hits) || is_watched;
    }
    if (!is_watched) {
      sighting.computed.reset();
      sighting.der = DerState::unwatched;
    }
  }
  std::vector<std::string> entries(hits.entries.begin(), hits.entries.end());
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return entries;
}

std::string reason_in_words(Severity severity, std::optional<KnownBy> known_by,
                            std::optional<Reason> reason) {
  if (known_by) return std::string("in the inventory, known by ") + word(*known_by);
  if (severity == Severity::pending) return "its grace window is open";
  switch (reason.value_or(Reason::unknown)) {
    case Reason::unknown:
      break;
    case Reason::serial_only:
      return "only serial, validity and names are those of a certificate in the inventory";
    case Reason::serial_conflict:
      return "another certificate on record has the same serial and validity";
  }
  return "nothing in the inventory is like it";
}

void set_verdict(Examination& found, const Verdict& verdict) {
  found.verdict = word(verdict.severity);
  found.why = reason_in_words(verdict.severity, verdict.known_by, verdict.reason);
}

// What the ledger would make of it if it came now and its grace window were over at once.
void look_up_verdict(LedgerStore& store, Examination& found) {
  found.verdict = "unknown";
  Identities wanted;
  wanted.add(found.identity);
  auto snapshot = store.look(wanted);
  if (!snapshot || !snapshot->inventory_answered) {
    found.why = snapshot ? "the inventory does not answer" : snapshot.error().message;
    return;
  }
  const std::vector<IssuanceRow> on_record = snapshot->rows;
  const ledger::Arrival arrival{random_uuid(), found.identity, {}};
  ledger::Ledger ledger(std::move(*snapshot), {Seconds{0}, random_uuid});
  const std::int64_t row = ledger.arrive(arrival).row;
  ledger.look_again(row);
  for (const IssuanceRow& one : on_record) {
    if (one.id != row) continue;
    found.alert = row;
    set_verdict(
        found,
        {row, {}, one.is_resolved ? Severity::info : one.severity, one.known_by, one.reason, {}});
  }
  for (const Verdict& verdict : ledger.verdicts()) {
    if (verdict.row == row) set_verdict(found, verdict);
  }
  for (Verdict verdict : ledger.resolutions()) {
    verdict.severity = Severity::info;
    if (verdict.row == row) set_verdict(found, verdict);
  }
}

}  // namespace

const std::vector<std::string>& names_of(const Sighting& sighting) {
  return sighting.claimed.names.empty() ? sighting.facts().names : sighting.claimed.names;
}

Examination examine(Sighting& sighting, const WatchList& list, LedgerStore& store) {
  Examination found;
  found.entries = look_up_names(sighting, list);
  found.identity = identify(sighting);
  if (found.entries.empty()) {
    found.verdict = "no alert";
    found.why = "no name hits a watch entry";
  } else if (found.identity.empty()) {
    found.verdict = "no alert";
    found.why = "there is nothing to recognise it by";
  } else {
    look_up_verdict(store, found);
  }
  return found;
}

}  // namespace certwatch
