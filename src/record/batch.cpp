#include "record/batch.h"

#include <algorithm>

namespace certwatch {
namespace {

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool same(const std::string& a, const std::string& b) {
  return !a.empty() && a == b;
}

bool share_an_identity(const Identity& identity, const KnownAlert& known) {
  return same(identity.tbs_sha256, known.tbs_sha256) ||
         same(identity.serial_key, known.serial_key) ||
         same(identity.source_key, known.source_key) ||
         (!identity.fingerprint.empty() && contains(known.fingerprints, identity.fingerprint));
}

// What an index can hold.
Identity bounded(Identity identity) {
  for (std::string* key :
       {&identity.fingerprint, &identity.tbs_sha256, &identity.serial_key, &identity.source_key}) {
    if (key->size() > longest_identity) key->clear();
  }
  return identity;
}

bool add_fingerprint(std::vector<std::string>& fingerprints, const std::string& fingerprint) {
  if (fingerprint.empty() || fingerprints.size() >= fingerprints_per_row ||
      contains(fingerprints, fingerprint)) {
    return false;
  }
  fingerprints.push_back(fingerprint);
  return true;
}

// One that can be told from others with its serial key: with a fingerprint (where its DER was read
// it has one).
bool is_certificate(const Identity& identity) {
  return !identity.is_precertificate && !identity.fingerprint.empty();
}

bool bind(std::string& known, const std::string& found) {
  if (!known.empty() || found.empty()) return false;
  known = found;
  return true;
}

class Planning {
 public:
  Planning(std::span<const NewAlert> alerts, std::span<const RowOnRecord> rows)
      : alerts_(alerts), rows_(rows.begin(), rows.end()) {}

  BatchPlan run(const Placer& place) {
    for (std::size_t i = 0; i < alerts_.size(); ++i) plan_.outcomes.push_back(outcome(i, place));
    return std::move(plan_);
  }

 private:
  // New rows have no number yet: while the batch is planned they go by these, younger than all.
  static constexpr std::int64_t first_new = std::int64_t{1} << 62;
  static std::int64_t number_of_new(std::size_t index) {
    return first_new + static_cast<std::int64_t>(index);
  }

  Outcome outcome(std::size_t alert, const Placer& place) {
    if (auto before = recorded_before(alerts_[alert].event_id)) return *before;
    const Identity identity = bounded(alerts_[alert].identity);
    std::vector<KnownAlert> candidates;
    for (const RowOnRecord& row : rows_) {
      if (share_an_identity(identity, row.known)) candidates.push_back(row.known);
    }
    for (const NewRow& row : plan_.new_rows) {
      if (share_an_identity(identity, row.known)) candidates.push_back(row.known);
    }
    return apply(alert, identity, place(identity, candidates));
  }

  std::optional<Outcome> recorded_before(const std::string& event_id) const {
    for (std::size_t i = 0; i < plan_.new_rows.size(); ++i) {
      if (alerts_[plan_.new_rows[i].alert].event_id == event_id) {
        return Outcome{Outcome::Kind::new_row, i, 0};
      }
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].verdict.event_id == event_id) return Outcome{Outcome::Kind::on_record, i, 0};
    }
    return std::nullopt;
  }

  Outcome apply(std::size_t alert, const Identity& identity, const Placement& placement) {
    if (placement.kind != Placement::Kind::repeat) {
      plan_.new_rows.push_back(new_row(alert, identity, placement));
      return {Outcome::Kind::new_row, plan_.new_rows.size() - 1, 0};
    }
    if (placement.row >= first_new) {
      const auto index = static_cast<std::size_t>(placement.row - first_new);
      amend_new(plan_.new_rows.at(index), identity);
      return {Outcome::Kind::repeat_of_new, index, 0};
    }
    amend(placement.row, identity);
    return {Outcome::Kind::repeat, 0, placement.row};
  }

  NewRow new_row(std::size_t alert, const Identity& identity, const Placement& placement) const {
    NewRow row;
    row.alert = alert;
    row.identity = identity;
    row.is_conflict = placement.kind == Placement::Kind::conflict;
    if (placement.kind == Placement::Kind::confirmation && placement.row < first_new) {
      row.known.confirms = placement.row;
    }
    row.identity.may_be_ours_by_serial =
        identity.may_be_ours_by_serial && !row.is_conflict && !row.known.confirms;
    row.known.row = number_of_new(plan_.new_rows.size());
    add_fingerprint(row.known.fingerprints, identity.fingerprint);
    row.known.has_certificate = is_certificate(identity);
    row.known.tbs_sha256 = identity.tbs_sha256;
    row.known.serial_key = identity.serial_key;
    row.known.source_key = identity.source_key;
    return row;
  }

  // Once a certificate is among the sightings of a row, its fingerprint has to be in the inventory:
  // the serial is no longer enough. One that nothing but the serial key is known of (a feed that
  // leaves fingerprints out) can never be there: it says no more than its precertificate did.
  static bool is_ours_by_serial(bool may_be, bool is_conflict, const KnownAlert& known) {
    return may_be && !is_conflict && !known.has_certificate && !known.confirms;
  }

  static void amend_new(NewRow& row, const Identity& identity) {
    add_fingerprint(row.known.fingerprints, identity.fingerprint);
    row.known.has_certificate = row.known.has_certificate || is_certificate(identity);
    bind(row.known.tbs_sha256, identity.tbs_sha256);
    if (bind(row.known.serial_key, identity.serial_key)) {
      row.identity.serial = identity.serial;
      row.identity.not_before = identity.not_before;
      row.identity.not_after = identity.not_after;
    }
    row.identity.is_precertificate = row.identity.is_precertificate && identity.is_precertificate;
    row.identity.may_be_ours_by_serial =
        is_ours_by_serial(row.identity.may_be_ours_by_serial || identity.may_be_ours_by_serial,
                          row.is_conflict, row.known);
  }

  void amend(std::int64_t number, const Identity& identity) {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [number](const RowOnRecord& row) {
      return row.known.row == number;
    });
    if (found == rows_.end()) return;
    RowOnRecord& row = *found;
    const bool fingerprint = add_fingerprint(row.known.fingerprints, identity.fingerprint);
    const bool tbs = bind(row.known.tbs_sha256, identity.tbs_sha256);
    const bool serial = bind(row.known.serial_key, identity.serial_key);
    const bool had_certificate = row.known.has_certificate;
    row.known.has_certificate = had_certificate || is_certificate(identity);
    const bool only_precertificates = row.only_precertificates && identity.is_precertificate;
    const bool by_serial = is_ours_by_serial(
        row.may_be_ours_by_serial || identity.may_be_ours_by_serial, row.is_conflict, row.known);
    if (!fingerprint && !tbs && !serial && only_precertificates == row.only_precertificates &&
        by_serial == row.may_be_ours_by_serial && had_certificate == row.known.has_certificate) {
      return;
    }
    row.only_precertificates = only_precertificates;
    row.may_be_ours_by_serial = by_serial;
    Amendment& amendment = amendment_of(row);
    if (fingerprint) amendment.fingerprints.push_back(identity.fingerprint);
    if (tbs) amendment.tbs_sha256 = identity.tbs_sha256;
    if (serial) {
      amendment.serial_key = identity.serial_key;
      amendment.serial = identity.serial;
      amendment.not_before = identity.not_before;
      amendment.not_after = identity.not_after;
    }
    amendment.only_precertificates = amendment.only_precertificates && identity.is_precertificate;
    amendment.has_certificate = row.known.has_certificate;
    amendment.may_be_ours_by_serial =
        amendment.may_be_ours_by_serial || identity.may_be_ours_by_serial;
  }

  Amendment& amendment_of(const RowOnRecord& row) {
    for (Amendment& amendment : plan_.amendments) {
      if (amendment.row == row.known.row) return amendment;
    }
    Amendment amendment;
    amendment.row = row.known.row;
    amendment.event_id = row.verdict.event_id;
    amendment.may_become_ours =
        row.verdict.severity == Severity::pending || row.known.is_provisional;
    amendment.is_conflict = row.is_conflict;
    plan_.amendments.push_back(std::move(amendment));
    return plan_.amendments.back();
  }

  std::span<const NewAlert> alerts_;
  std::vector<RowOnRecord> rows_;
  BatchPlan plan_;
};

void apply(BatchJudgement& judgement, Recorded& recorded) {
  if (const auto gone = judgement.vanished.find(recorded.row); gone != judgement.vanished.end()) {
    recorded = Recorded();
    recorded.as = Recorded::As::repeat;
    recorded.row = gone->second;
    return;
  }
  const auto verdict = judgement.verdicts.find(recorded.row);
  if (verdict == judgement.verdicts.end()) return;
  recorded.verdict = std::move(verdict->second);
  judgement.verdicts.erase(verdict);
}

void sort_unique(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

BatchPlan plan_batch(std::span<const NewAlert> alerts, std::span<const RowOnRecord> rows,
                     const Placer& place) {
  return Planning(alerts, rows).run(place);
}

std::vector<Recorded> recorded_batch(std::span<const NewAlert> alerts,
                                     std::span<const RowOnRecord> rows, const BatchPlan& plan,
                                     std::span<const std::int64_t> numbers,
                                     BatchJudgement judgement) {
  std::vector<Recorded> all;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const Outcome& outcome = plan.outcomes[i];
    Recorded recorded;
    switch (outcome.kind) {
      case Outcome::Kind::on_record:
        recorded.row = rows[outcome.index].known.row;
        recorded.verdict = rows[outcome.index].verdict;
        break;
      case Outcome::Kind::new_row:
        recorded.row = numbers[outcome.index];
        recorded.verdict.row = recorded.row;
        recorded.verdict.event_id = alerts[i].event_id;
        recorded.verdict.matched = alerts[i].matched;
        break;
      case Outcome::Kind::repeat_of_new:
        recorded.as = Recorded::As::repeat;
        recorded.row = numbers[outcome.index];
        break;
      case Outcome::Kind::repeat:
        recorded.as = Recorded::As::repeat;
        recorded.row = outcome.row;
        break;
    }
    apply(judgement, recorded);
    all.push_back(std::move(recorded));
  }
  if (all.empty()) return all;
  for (auto& [row, verdict] : judgement.verdicts) {
    all.back().overturned.push_back(std::move(verdict));
  }
  return all;
}

BatchIdentities identities_of(std::span<const NewAlert> alerts) {
  BatchIdentities all;
  for (const NewAlert& alert : alerts) {
    const Identity identity = bounded(alert.identity);
    if (!identity.fingerprint.empty()) all.fingerprints.push_back(identity.fingerprint);
    if (!identity.tbs_sha256.empty()) all.tbs_sha256.push_back(identity.tbs_sha256);
    if (!identity.serial_key.empty()) all.serial_keys.push_back(identity.serial_key);
    if (!identity.source_key.empty()) all.source_keys.push_back(identity.source_key);
  }
  sort_unique(all.fingerprints);
  sort_unique(all.tbs_sha256);
  sort_unique(all.serial_keys);
  sort_unique(all.source_keys);
  return all;
}

}  // namespace certwatch
