#include "ledger/ledger.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "classify/place.h"
#include "ledger/delivery.h"

namespace certwatch::ledger {
namespace {

Verdict verdict_of(const IssuanceRow& row) {
  return {row.id, row.event_id, row.severity, row.known_by, row.reason, row.matched};
}

// Is it called ours by the serial, so that another certificate can show that to be wrong?
bool rests_on_serial(const IssuanceRow& row) {
  return row.is_hashed() || row.has_unhashed_precertificate;
}

}  // namespace

Ledger::Ledger(Snapshot snapshot, Rules rules)
    : rules_(std::move(rules)), snapshot_(std::move(snapshot)), before_(snapshot_.rows) {
  for (const Destination& own : rules_.own_destinations) {
    const auto is_own = [&own](const Destination& one) { return one.name == own.name; };
    const bool is_announced =
        std::any_of(snapshot_.destinations.begin(), snapshot_.destinations.end(), is_own);
    if (!is_announced) snapshot_.destinations.push_back(own);
  }
}

Recorded Ledger::arrive(const Arrival& arrival) {
  for (const IssuanceRow& known : snapshot_.rows) {
    if (known.event_id != arrival.event_id) continue;
    // Nobody has been told of it: the answer was lost.
    if (known.severity != Severity::pending) verdicts_.push_back(verdict_of(known));
    return {Recorded::As::alert, known.id, false};
  }
  const AllOurs all_ours = [this](const IssuanceRow& one) {
    return ours_by(one, around()).has_value();
  };
  const Placement placement = place(arrival.identity, snapshot_.rows, all_ours);
  if (placement.kind == Placement::Kind::new_row) {
    const std::int64_t id = add_arrival(arrival);
    const auto& key = row(id).serial_key;
    const bool is_crowded = key && std::count(snapshot_.crowded_keys.begin(),
                                              snapshot_.crowded_keys.end(), key->text()) > 0;
    settle(id, Grace::open);
    return {Recorded::As::alert, id, is_crowded};
  }
  const std::int64_t id = placement.row->id;
  if (placement.kind != Placement::Kind::repeat) {
    if (placement.kind == Placement::Kind::crowds) placement.row->is_crowded = true;
    take_in(id, arrival.identity);
  }
  // A repeat by a fingerprint alone teaches nothing. The snapshot need not have the rows that
  // contradict its row, so nothing may be decided about it here.
  if (row(id).serial_key == arrival.identity.serial_key) settle(id, Grace::open);
  return {Recorded::As::repeat, id, false};
}

void Ledger::grace_over(std::int64_t id) {
  if (has(id) && grace_is_over(row(id))) settle(id, Grace::over);
}

void Ledger::look_again(std::int64_t id) {
  if (!has(id)) return;
  IssuanceRow& looked_at = row(id);
  if (looked_at.severity != Severity::suspicious || looked_at.is_resolved) return;
  if (!snapshot_.inventory_answered) return;
  const auto known_by = ours_by(looked_at, around());
  if (!known_by) return;
  looked_at.is_resolved = true;
  looked_at.known_by = known_by;
  tell_resolution(looked_at);
  refute_others(id);
}

Changes Ledger::changes() const {
  Changes changes = made_;
  for (std::size_t i = 0; i < snapshot_.rows.size(); ++i) {
    const IssuanceRow& after = snapshot_.rows[i];
    if (i >= before_.size()) {
      changes.inserts.push_back({after, contents_[i - before_.size()]});
    } else if (after != before_[i]) {
      changes.updates.push_back(after);
    }
  }
  return changes;
}

bool Ledger::has(std::int64_t id) const {
  return std::any_of(snapshot_.rows.begin(), snapshot_.rows.end(),
                     [id](const IssuanceRow& one) { return one.id == id; });
}

IssuanceRow& Ledger::row(std::int64_t id) {
  return *std::find_if(snapshot_.rows.begin(), snapshot_.rows.end(),
                       [id](const IssuanceRow& one) { return one.id == id; });
}

std::int64_t Ledger::add(IssuanceRow added, std::string event_id, Content content) {
  added.id = -static_cast<std::int64_t>(contents_.size()) - 1;
  added.event_id = std::move(event_id);
  added.decide_at = snapshot_.now +
                    std::chrono::duration_cast<SystemTime::duration>(to_nanoseconds(rules_.grace));
  contents_.push_back(std::move(content));
  snapshot_.rows.push_back(std::move(added));
  return snapshot_.rows.back().id;
}

std::int64_t Ledger::add_arrival(const Arrival& arrival) {
  IssuanceRow added = row_of(arrival.identity);
  added.matched = arrival.content.matched;
  const bool key_is_crowded =
      added.serial_key && std::count(snapshot_.crowded_keys.begin(), snapshot_.crowded_keys.end(),
                                     added.serial_key->text()) > 0;
  for (const IssuanceRow& other : snapshot_.rows) {
    const bool clashes =
        contradict(added, other) || (key_is_crowded && other.serial_key == added.serial_key);
    if (!clashes) continue;
    added.conflict_with = other.id;
    break;
  }
  return add(std::move(added), arrival.event_id, &arrival.content);
}

void Ledger::take_in(std::int64_t id, const Identity& identity) {
  const std::vector<std::string> driven_out = learn(row(id), identity);
  for (const std::string& claimed : driven_out) tell_apart(id, sort_of(identity), claimed);
}

void Ledger::tell_apart(std::int64_t id, Sort sort, const std::string& claimed) {
  const IssuanceRow& from = row(id);
  IssuanceRow apart;
  apart.serial_key = from.serial_key;
  apart.names = from.names;
  apart.matched = from.matched;
  apart.claimed[sort] = {claimed};
  apart.has_unhashed_precertificate = sort == Sort::precertificate;
  apart.conflict_with = id;
  const std::int64_t added = add(std::move(apart), rules_.new_event_id(),
                                 ContentOfRow{id, claimed, sort == Sort::precertificate});
  if (grace_is_over(row(added))) settle(added, Grace::over);
}

void Ledger::settle(std::int64_t id, Grace grace) {
  IssuanceRow& settled = row(id);
  judge(settled, grace_is_over(settled) ? Grace::over : grace);
  refute_others(id);
}

void Ledger::judge(IssuanceRow& judged, Grace grace) {
  if (judged.severity != Severity::pending || !snapshot_.inventory_answered) return;
  if (const auto known_by = ours_by(judged, around())) {
    judged.severity = Severity::info;
    judged.known_by = known_by;
  } else if (grace == Grace::over) {
    judged.severity = Severity::suspicious;
    const bool serial_is_ours =
        judged.serial_key &&
        is_ours_by_serial(snapshot_.inventory, *judged.serial_key, judged.names, {});
    judged.reason = judged.conflict_with ? Reason::serial_conflict
                    : serial_is_ours     ? Reason::serial_only
                                         : Reason::unknown;
  } else {
    return;
  }
  tell_verdict(judged);
}

void Ledger::refute_others(std::int64_t id) {
  IssuanceRow& certain = row(id);
  if (!certain.is_quiet() || !certain_by(certain, around())) return;
  certain.is_certain = true;
  std::vector<std::int64_t> refuted;
  for (const IssuanceRow& other : snapshot_.rows) {
    const bool is_refuted = other.id != id && other.is_quiet() && !other.is_refuted &&
                            rests_on_serial(other) && contradict(other, certain) &&
                            !certain_by(other, around());
    if (is_refuted) refuted.push_back(other.id);
  }
  for (const std::int64_t other : refuted) refute(other, id);
}

// A new row tells again, as suspicious, what was called ours.
void Ledger::refute(std::int64_t id, std::int64_t certain) {
  row(id).is_refuted = true;
  const IssuanceRow refuted = row(id);
  if (is_told_already(refuted)) return;
  std::optional<std::string> claimed;
  if (!refuted.is_hashed()) {
    const auto& fingerprints = refuted.claimed[Sort::precertificate];
    claimed = fingerprints.empty() ? "" : fingerprints.front();
  }
  const std::int64_t added = add(refuted, rules_.new_event_id(), ContentOfRow{id, claimed, true});
  IssuanceRow& again = row(added);
  again.severity = Severity::suspicious;
  again.reason = Reason::serial_conflict;
  again.known_by.reset();
  again.is_resolved = false;
  again.is_refuted = false;
  again.decide_at = snapshot_.now;
  again.conflict_with = certain;
  again.refutes = id;
  tell_verdict(again);
}

// A row that is not quiet speaks of the same certificate.
bool Ledger::is_told_already(const IssuanceRow& refuted) const {
  const auto speaks_of_it = [&](const IssuanceRow& other) {
    if (other.is_quiet() || other.serial_key != refuted.serial_key) return false;
    if (refuted.is_hashed()) return other.tbs_sha256 == refuted.tbs_sha256;
    const auto& fingerprints = refuted.claimed[Sort::precertificate];
    return other.names == refuted.names && !fingerprints.empty() &&
           std::all_of(fingerprints.begin(), fingerprints.end(), [&](const std::string& one) {
             const auto& claimed = other.claimed[Sort::precertificate];
             const auto& computed = other.computed[Sort::precertificate];
             return std::count(claimed.begin(), claimed.end(), one) > 0 ||
                    std::count(computed.begin(), computed.end(), one) > 0;
           });
  };
  return std::any_of(snapshot_.rows.begin(), snapshot_.rows.end(), speaks_of_it);
}

void Ledger::tell_verdict(const IssuanceRow& told) {
  made_.decided.push_back(told.id);
  verdicts_.push_back(verdict_of(told));
  for (NewDelivery& delivery : deliveries_of_verdict(
           told.id, told.event_id, importance_of(told.severity), snapshot_.destinations)) {
    made_.deliveries.push_back(std::move(delivery));
  }
}

void Ledger::tell_resolution(const IssuanceRow& told) {
  made_.resolved.push_back(told.id);
  resolutions_.push_back(verdict_of(told));
  for (NewDelivery& delivery : deliveries_of_correction(
           told.id, DeliveryKind::resolution, rules_.new_event_id(), snapshot_.deliveries)) {
    made_.deliveries.push_back(std::move(delivery));
  }
}

}  // namespace certwatch::ledger
