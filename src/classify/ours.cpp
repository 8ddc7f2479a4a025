#include "classify/ours.h"

#include <algorithm>
#include <iterator>

#include "classify/names.h"
#include "classify/place.h"
#include "model/serial.h"

namespace certwatch {
namespace {

bool has_fingerprint(std::span<const InventoryCertificate> inventory,
                     const std::string& fingerprint) {
  return std::any_of(inventory.begin(), inventory.end(), [&](const InventoryCertificate& ours) {
    return ours.fingerprint_sha1 == fingerprint;
  });
}

bool has_any(std::span<const InventoryCertificate> inventory,
             const std::vector<std::string>& fingerprints) {
  return std::any_of(fingerprints.begin(), fingerprints.end(),
                     [&](const std::string& one) { return has_fingerprint(inventory, one); });
}

bool has_computed(std::span<const InventoryCertificate> inventory, const IssuanceRow& row) {
  return std::any_of(all_sorts.begin(), all_sorts.end(),
                     [&](Sort sort) { return has_any(inventory, row.computed[sort]); });
}

// The claimed fingerprints of this sort that are not computed ones as well.
std::vector<std::string> only_claimed(const IssuanceRow& row, Sort sort) {
  std::vector<std::string> only;
  std::set_difference(row.claimed[sort].begin(), row.claimed[sort].end(),
                      row.computed[sort].begin(), row.computed[sort].end(),
                      std::back_inserter(only));
  return only;
}

// Is the condition true of the row itself, or of another one with its TBS hash?
template <class Condition>
bool any_with_hash(const IssuanceRow& row, const Surroundings& around, Condition condition) {
  return condition(row) ||
         std::any_of(around.rows.begin(), around.rows.end(), [&](const IssuanceRow& other) {
           return other.id != row.id && other.tbs_sha256 == row.tbs_sha256 && condition(other);
         });
}

bool is_contradicted(const IssuanceRow& row, const Surroundings& around) {
  return std::any_of(around.rows.begin(), around.rows.end(), [&](const IssuanceRow& other) {
    return other.id != row.id && contradict(row, other);
  });
}

// Does the serial count for what this row holds?
bool serial_counts(const IssuanceRow& row, const Surroundings& around) {
  if (certain_by(row, around)) return true;
  return row.serial_key && !is_contradicted(row, around) &&
         is_ours_by_serial(around.inventory, *row.serial_key, row.names, row.tbs_sha256);
}

bool has_hashed_certificate(const IssuanceRow& row) {
  return !row.computed[Sort::certificate].empty();
}

}  // namespace

bool is_ours_by_serial(std::span<const InventoryCertificate> inventory, const SerialKey& key,
                       const std::vector<std::string>& names, std::string_view tbs_sha256) {
  return std::any_of(inventory.begin(), inventory.end(), [&](const InventoryCertificate& ours) {
    const bool hashes_differ =
        !ours.tbs_sha256.empty() && !tbs_sha256.empty() && ours.tbs_sha256 != tbs_sha256;
    return ours.not_before == key.not_before && ours.not_after == key.not_after &&
           normal_serial(ours.serial) == key.serial && names_agree(ours.sans, names) &&
           !hashes_differ;
  });
}

std::optional<KnownBy> certain_by(const IssuanceRow& row, const Surroundings& around) {
  if (!row.is_hashed()) return std::nullopt;
  const auto is_in_inventory = [&](const IssuanceRow& one) {
    return has_computed(around.inventory, one);
  };
  if (any_with_hash(row, around, is_in_inventory)) return KnownBy::fingerprint;
  const bool hash_is_ours = std::any_of(
      around.inventory.begin(), around.inventory.end(),
      [&](const InventoryCertificate& ours) { return ours.tbs_sha256 == row.tbs_sha256; });
  const auto was_certain = [](const IssuanceRow& one) { return one.is_certain; };
  if (hash_is_ours || any_with_hash(row, around, was_certain)) return KnownBy::tbs;
  return std::nullopt;
}

std::optional<KnownBy> ours_by(const IssuanceRow& row, const Surroundings& around) {
  if (row.is_blank || row.is_crowded) return std::nullopt;
  // The strongest of what it rests on; the enumerators are in that order.
  std::optional<KnownBy> best;
  const auto rests_on = [&best](KnownBy by) { best = best ? std::min(*best, by) : by; };
  if (row.is_hashed()) {
    if (const auto certain = certain_by(row, around)) {
      rests_on(*certain);
    } else if (!any_with_hash(row, around, has_hashed_certificate) && serial_counts(row, around)) {
      rests_on(KnownBy::serial);
    } else {
      return std::nullopt;
    }
  }
  const bool rests_on_precertificate =
      row.has_unhashed_precertificate &&
      (!row.is_hashed() || !only_claimed(row, Sort::precertificate).empty());
  if (rests_on_precertificate) {
    if (!serial_counts(row, around)) return std::nullopt;
    rests_on(KnownBy::serial);
  }
  for (const std::string& fingerprint : only_claimed(row, Sort::certificate)) {
    if (!has_fingerprint(around.inventory, fingerprint)) return std::nullopt;
    rests_on(KnownBy::fingerprint);
  }
  return best;
}

}  // namespace certwatch
