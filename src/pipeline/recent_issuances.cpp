#include "pipeline/recent_issuances.h"

#include "base/digest.h"

namespace certwatch {
namespace {

// With their number, so that no two lists are taken for each other.
void add_list(Sha256OfParts& parts, const std::vector<std::string>& list) {
  parts.add(std::to_string(list.size()));
  for (const std::string& one : list) parts.add(one);
}

// Over everything that an identity says.
std::string shape_of(const Identity& identity) {
  Sha256OfParts parts;
  parts.add(identity.is_precertificate ? "precertificate" : "certificate");
  parts.add(identity.tbs_sha256);
  parts.add(identity.serial_key ? identity.serial_key->text() : "");
  parts.add(identity.source_key);
  add_list(parts, identity.fingerprints);
  add_list(parts, identity.names);
  return parts.digest();
}

}  // namespace

bool RecentIssuances::knows(const Identity& identity) {
  const auto found = shapes_.find(shape_of(identity));
  if (found == shapes_.end()) return false;
  order_.splice(order_.begin(), order_, found->second);
  return true;
}

void RecentIssuances::remember(std::int64_t row, const Identity& identity) {
  const auto known = rows_.find(row);
  if (known == rows_.end()) {
    order_.push_front(Issuance{row, {}, 0});
    rows_.emplace(row, order_.begin());
  } else {
    order_.splice(order_.begin(), order_, known->second);
  }
  std::string shape = shape_of(identity);
  if (shapes_.contains(shape)) return;
  Issuance& issuance = order_.front();
  std::string& slot = issuance.shapes[issuance.next_shape];
  issuance.next_shape = (issuance.next_shape + 1) % shapes_per_issuance;
  if (!slot.empty()) shapes_.erase(slot);
  slot = shape;
  shapes_.emplace(std::move(shape), order_.begin());
  if (order_.size() > capacity_) forget_oldest();
}

void RecentIssuances::forget_oldest() {
  for (const std::string& shape : order_.back().shapes) shapes_.erase(shape);
  rows_.erase(order_.back().row);
  order_.pop_back();
}

}  // namespace certwatch
