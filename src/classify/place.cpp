#include "classify/place.h"

#include <algorithm>
#include <tuple>

namespace certwatch {
namespace {

bool contains(const std::vector<std::string>& sorted, const std::string& text) {
  return std::binary_search(sorted.begin(), sorted.end(), text);
}

bool contains_any(const std::vector<std::string>& sorted, const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return contains(sorted, text); });
}

bool contains_all(const std::vector<std::string>& sorted, const std::vector<std::string>& texts) {
  return std::all_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return contains(sorted, text); });
}

void insert(std::vector<std::string>& sorted, const std::string& text) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), text);
  if (at == sorted.end() || *at != text) sorted.insert(at, text);
}

std::vector<std::string> fingerprints_of(const IssuanceRow& row, Sort sort) {
  std::vector<std::string> all = row.computed[sort];
  for (const std::string& claimed : row.claimed[sort]) insert(all, claimed);
  return all;
}

// SHA-1 and SHA-256 of one certificate cannot be compared with each other.
bool are_comparable(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return std::any_of(one.begin(), one.end(), [&](const std::string& a) {
    return std::any_of(other.begin(), other.end(),
                       [&](const std::string& b) { return a.size() == b.size(); });
  });
}

bool fingerprints_differ(const IssuanceRow& one, const IssuanceRow& other, Sort sort) {
  const auto of_one = fingerprints_of(one, sort);
  const auto of_other = fingerprints_of(other, sort);
  return are_comparable(of_one, of_other) && !contains_any(of_one, of_other);
}

bool share_serial_key(const std::optional<SerialKey>& one, const std::optional<SerialKey>& other) {
  return one && one == other;
}

// Nothing is known but where it was seen.
bool is_only_seen(const Identity& identity) {
  return !identity.is_hashed() && identity.fingerprints.empty() && !identity.serial_key;
}
bool is_only_seen(const IssuanceRow& row) {
  return !row.is_hashed() && !row.serial_key && !row.source_key.empty() &&
         std::all_of(all_sorts.begin(), all_sorts.end(),
                     [&](Sort sort) { return row.claimed[sort].empty(); });
}

class Placing {
 public:
  Placing(const Identity& identity, std::span<IssuanceRow> rows, const AllOurs& all_ours)
      : identity_(identity), rows_(rows), all_ours_(all_ours), alone_(row_of(identity)) {}

  Placement place() {
    IssuanceRow* home = first([this](const IssuanceRow& row) { return is_known_by(row); });
    if (home == nullptr) home = first([this](const IssuanceRow& row) { return holds(row); });
    if (home != nullptr) return {Placement::Kind::repeat, home};
    home = best_home();
    if (home != nullptr) return {Placement::Kind::joins, home};
    if (IssuanceRow* crowded = youngest_of_a_crowd()) return {Placement::Kind::crowds, crowded};
    return {Placement::Kind::new_row, nullptr};
  }

 private:
  // The first that is not quiet, else the first.
  template <class Condition>
  IssuanceRow* first(Condition condition) {
    IssuanceRow* found = nullptr;
    for (IssuanceRow& row : rows_) {
      if (!condition(row)) continue;
      if (!row.is_quiet()) return &row;
      if (found == nullptr) found = &row;
    }
    return found;
  }

  // Its fingerprint is a computed one of the row. The Python service kept nothing else to go by.
  bool is_known_by(const IssuanceRow& row) const {
    if (row.is_of_python_service()) {
      return contains_any(row.claimed[Sort::certificate], identity_.fingerprints);
    }
    return !identity_.is_hashed() &&
           std::any_of(all_sorts.begin(), all_sorts.end(), [&](Sort sort) {
             return contains_any(row.computed[sort], identity_.fingerprints);
           });
  }

  bool holds(const IssuanceRow& row) const {
    if (is_only_seen(identity_)) {
      return is_only_seen(row) && row.source_key == identity_.source_key;
    }
    const Sort sort = sort_of(identity_);
    if (identity_.is_hashed()) {
      if (row.tbs_sha256 != identity_.tbs_sha256) return false;
      return identity_.fingerprints.empty()
                 ? identity_.is_precertificate && row.has_hashed_precertificate
                 : contains_all(row.computed[sort], identity_.fingerprints);
    }
    if (row.serial_key != identity_.serial_key || identity_.is_blank()) return false;
    if (identity_.serial_key && row.names != identity_.names) return false;
    if (!identity_.fingerprints.empty()) {
      return contains_any(row.claimed[sort], identity_.fingerprints);
    }
    return identity_.is_precertificate &&
           (row.has_unhashed_precertificate || row.has_hashed_precertificate);
  }

  // How strongly it ties to a row; 0: not at all.
  int tie(const IssuanceRow& row) const {
    if (identity_.is_hashed() && row.is_hashed()) {
      return identity_.tbs_sha256 == row.tbs_sha256 ? 3 : 0;
    }
    if (!share_serial_key(identity_.serial_key, row.serial_key)) return 0;
    if (row.names != identity_.names || contradict(alone_, row)) return 0;
    return contains_any(row.claimed[sort_of(identity_)], identity_.fingerprints) ? 2 : 1;
  }

  bool may_join(const IssuanceRow& row) const {
    if (identity_.is_blank() || !row.is_quiet()) return true;
    IssuanceRow together = row;
    learn(together, identity_);
    return all_ours_(together);
  }

  IssuanceRow* best_home() {
    IssuanceRow* home = nullptr;
    auto best = std::make_tuple(0, false);
    for (IssuanceRow& row : rows_) {
      const int strength = tie(row);
      const auto candidate = std::make_tuple(strength, !row.is_quiet());
      if (strength == 0 || candidate <= best || !may_join(row)) continue;
      home = &row;
      best = candidate;
    }
    return home;
  }

  IssuanceRow* youngest_of_a_crowd() {
    if (identity_.is_hashed() || !identity_.serial_key) return nullptr;
    IssuanceRow* youngest = nullptr;
    std::size_t count = 0;
    for (IssuanceRow& row : rows_) {
      if (row.serial_key != identity_.serial_key || row.names != identity_.names ||
          row.is_hashed() || row.is_quiet()) {
        continue;
      }
      youngest = &row;
      ++count;
    }
    return count < most_unhashed_rows ? nullptr : youngest;
  }

  const Identity& identity_;
  const std::span<IssuanceRow> rows_;
  const AllOurs& all_ours_;
  const IssuanceRow alone_;
};

}  // namespace

IssuanceRow row_of(const Identity& identity) {
  IssuanceRow row;
  row.serial_key = identity.serial_key;
  row.names = identity.names;
  row.source_key = identity.source_key;
  row.is_blank = identity.is_blank();
  learn(row, identity);
  return row;
}

std::vector<std::string> learn(IssuanceRow& row, const Identity& identity) {
  std::vector<std::string> driven_out;
  const Sort sort = sort_of(identity);
  std::vector<std::string>& claimed = row.claimed[sort];
  if (identity.is_hashed()) {
    row.tbs_sha256 = identity.tbs_sha256;
    row.is_blank = false;
    if (identity.is_precertificate) row.has_hashed_precertificate = true;
    for (const std::string& one : identity.fingerprints) insert(row.computed[sort], one);
    if (!identity.fingerprints.empty()) driven_out.swap(claimed);
    std::erase_if(driven_out,
                  [&](const std::string& one) { return contains(row.computed[sort], one); });
  } else if (!identity.is_blank()) {
    if (identity.is_precertificate) row.has_unhashed_precertificate = true;
    for (const std::string& one : identity.fingerprints) {
      if (contains(row.computed[sort], one)) continue;
      if (claimed.size() < most_claimed_fingerprints) insert(claimed, one);
    }
    if (row.severity == Severity::pending) row.is_blank = false;
  }
  return driven_out;
}

bool contradict(const IssuanceRow& one, const IssuanceRow& other) {
  if (!share_serial_key(one.serial_key, other.serial_key)) return false;
  if (one.is_hashed() && other.is_hashed()) return one.tbs_sha256 != other.tbs_sha256;
  if (one.names != other.names) return true;
  return std::any_of(all_sorts.begin(), all_sorts.end(),
                     [&](Sort sort) { return fingerprints_differ(one, other, sort); });
}

Placement place(const Identity& identity, std::span<IssuanceRow> rows, const AllOurs& all_ours) {
  return Placing(identity, rows, all_ours).place();
}

}  // namespace certwatch
