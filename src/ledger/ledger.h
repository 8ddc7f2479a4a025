// The life of an alert: what each event does to the rows on record. Pure; stores load a snapshot,
// ask, and apply the changes in one transaction under locks on all identities.
//
//   arrival ──► pending ──(ours)──────────────► info ───────► a delivery for each destination
//                 │  └─(grace over, not ours)─► suspicious ──► a delivery for each destination
//                 │                                 └─(ours after all)─► resolved, told in the same
//                 places └ decide_at stands in the row, so a restart changes nothing
//
// No verdict is rewritten. What shows later that a row was wrongly called ours makes a new row that
// names it (`refutes`).
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "classify/ours.h"
#include "ledger/changes.h"
#include "model/identity.h"

namespace certwatch::ledger {

// A match that asks to be put on record.
struct Arrival {
  std::string event_id;  // UUID; an arrival that is recorded again has the same one
  Identity identity;
  AlertContent content;
};

// What became of an arrival.
struct Recorded {
  enum class As {
    alert,   // a row of its own
    repeat,  // an issuance that is on record
  };
  As as = As::alert;
  std::int64_t row = 0;  // negative as in Changes
  // The rows of its serial key are too many to look at all of them.
  bool is_crowded = false;
};

struct Rules {
  Seconds grace{10};  // from the arrival to the verdict on what is not ours
  std::function<std::string()> new_event_id;
  // Whom this process tells. They are in force while the process runs, even if their announcement
  // is not on record: somebody may have put an older copy of the database in its place.
  std::vector<Destination> own_destinations = {};
};

// One snapshot and the events that happen to it, in order.
class Ledger {
 public:
  Ledger(Snapshot snapshot, Rules rules);

  // `arrival` outlives the changes. With a grace of 0 a new row gets its verdict at once.
  Recorded arrive(const Arrival& arrival);

  // The grace window of a pending row is over (or not yet: then nothing happens). A row that the
  // snapshot does not have, because it was deleted meanwhile, is passed over.
  void grace_over(std::int64_t row);

  // The inventory may have changed: an unresolved suspicious row that is ours now is resolved. A
  // row that the snapshot does not have is passed over.
  void look_again(std::int64_t row);

  // What is to be applied, after the last event.
  Changes changes() const;

  // The verdicts and resolutions to be counted and logged: those that changes() contains, and those
  // of arrivals that had been recorded before. Row numbers as in Changes.
  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  const std::vector<Verdict>& resolutions() const { return resolutions_; }

 private:
  enum class Grace { open, over };
  using Content = std::variant<const AlertContent*, ContentOfRow>;

  bool has(std::int64_t id) const;
  IssuanceRow& row(std::int64_t id);
  Surroundings around() const { return {snapshot_.rows, snapshot_.inventory}; }
  // Adds a pending row; returns its id.
  std::int64_t add(IssuanceRow row, std::string event_id, Content content);
  std::int64_t add_arrival(const Arrival& arrival);
  void take_in(std::int64_t id, const Identity& identity);
  void tell_apart(std::int64_t id, Sort sort, const std::string& claimed);
  // What may follow from an event for one row: its verdict, and the refutation of others.
  void settle(std::int64_t id, Grace grace);
  void judge(IssuanceRow& row, Grace grace);
  void refute_others(std::int64_t id);
  void refute(std::int64_t id, std::int64_t certain);
  bool is_told_already(const IssuanceRow& refuted) const;
  void tell_verdict(const IssuanceRow& row);
  void tell_resolution(const IssuanceRow& row);
  bool grace_is_over(const IssuanceRow& row) const { return row.decide_at <= snapshot_.now; }

  const Rules rules_;
  Snapshot snapshot_;  // its rows change as events happen; new ones stand at the end
  const std::vector<IssuanceRow> before_;
  std::vector<Content> contents_;  // of the new rows
  Changes made_;                   // but for its rows
  std::vector<Verdict> verdicts_;
  std::vector<Verdict> resolutions_;
};

}  // namespace certwatch::ledger
