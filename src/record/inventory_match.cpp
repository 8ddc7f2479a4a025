#include "record/inventory_match.h"

#include <algorithm>

#include "base/text.h"
#include "model/serial.h"

namespace certwatch {
namespace {

bool may_be_dns_name(const std::string& name) {
  const auto is_foreign = [](char c) {
    return is_ascii_space(c) || c == ':' || c == '@' || c == '/';
  };
  const auto is_of_address = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
  return name.find('.') != std::string::npos &&
         std::none_of(name.begin(), name.end(), is_foreign) &&
         !std::all_of(name.begin(), name.end(), is_of_address);
}

bool is_beyond_ascii(const std::string& name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

bool is_same_serial(std::string_view one, std::string_view other) {
  const std::string normal = normal_serial(one);
  return !normal.empty() && normal == normal_serial(other);
}

std::vector<std::string> inventory_names(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& one : names) {
    std::string name = lower(trim(one));
    if (name.starts_with("dns:")) name = std::string(trim(std::string_view(name).substr(4)));
    while (name.ends_with('.')) name.pop_back();
    if (may_be_dns_name(name)) all.push_back(std::move(name));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool names_agree(const std::vector<std::string>& of_inventory,
                 const std::vector<std::string>& of_certificate) {
  return of_inventory.empty() ||
         std::any_of(of_inventory.begin(), of_inventory.end(), is_beyond_ascii) ||
         inventory_names(of_inventory) == inventory_names(of_certificate);
}

bool is_certain(std::optional<KnownBy> known_by) {
  return known_by == KnownBy::fingerprint || known_by == KnownBy::tbs;
}

Ruling rule(const RowToJudge& row, std::optional<KnownBy> known_by) {
  Ruling ruling;
  const bool serial_suffices = row.may_be_ours_by_serial && !row.is_conflict && !row.confirms;
  if (is_certain(known_by) || (known_by == KnownBy::serial && serial_suffices)) {
    ruling.severity = Severity::info;
    ruling.known_by = known_by;
    ruling.is_provisional = known_by == KnownBy::serial;
    ruling.vanishes = row.confirms;
  } else if (row.grace_is_over) {
    ruling.severity = Severity::suspicious;
    if (row.is_conflict) {
      ruling.reason = Reason::serial_conflict;
    } else if (row.confirms || known_by == KnownBy::serial) {
      ruling.reason = Reason::serial_only;
    } else {
      ruling.reason = Reason::unknown;
    }
  }
  return ruling;
}

Loss loss(const Rival& rival) {
  if (rival.is_provisional) return rival.has_confirmation ? Loss::nothing : Loss::verdict;
  const bool may_still_be_ours = rival.severity == Severity::pending ||
                                 (rival.severity == Severity::suspicious && !rival.is_resolved);
  return rival.may_be_ours_by_serial && may_still_be_ours ? Loss::claim : Loss::nothing;
}

}  // namespace certwatch
