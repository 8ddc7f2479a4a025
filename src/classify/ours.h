// Is it ours? Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "model/inventory_certificate.h"
#include "model/issuance_row.h"

namespace certwatch {

// Does the inventory have a certificate with this serial, validity and names? If that certificate
// and `tbs_sha256` both name a TBS hash, the hashes have to agree as well.
bool is_ours_by_serial(std::span<const InventoryCertificate> inventory, const SerialKey& key,
                       const std::vector<std::string>& names, std::string_view tbs_sha256);

// The rows on record that share an identity, and what of the inventory may concern them.
struct Surroundings {
  std::span<const IssuanceRow> rows;
  std::span<const InventoryCertificate> inventory;
};

// A row is ours for certain if the inventory has its TBS hash, or a computed fingerprint of any row
// with that hash. Returns which of the two it is, or nothing if the row is not certain.
std::optional<KnownBy> certain_by(const IssuanceRow& row, const Surroundings& around);

// A row is ours if each part of it is:
//   - its hashed part, if it is certain, or if it is ours by serial and no certificate with that
//     hash was seen
//   - each claimed fingerprint of a certificate, if it is in the inventory or also computed in the
//   row
//   - a precertificate without hash, if it is ours by serial or the row is certain
// A row that another row contradicts is not ours by serial. Returns by what the row is ours, or
// nothing if some part of it is not.
std::optional<KnownBy> ours_by(const IssuanceRow& row, const Surroundings& around);

}  // namespace certwatch
