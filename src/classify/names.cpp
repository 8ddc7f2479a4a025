#include "classify/names.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/text.h"

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

std::vector<std::string> comparable_names(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& one : names) {
    std::string name = lower(trim(one));
    if (name.starts_with("dns:")) name = std::string(trim(std::string_view(name).substr(4)));
    while (name.ends_with('.')) name.pop_back();
    if (may_be_dns_name(name)) all.push_back(json::storable_text(name));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool names_agree(const std::vector<std::string>& of_inventory,
                 const std::vector<std::string>& of_certificate) {
  return of_inventory.empty() ||
         std::any_of(of_inventory.begin(), of_inventory.end(), is_beyond_ascii) ||
         comparable_names(of_inventory) == of_certificate;
}

}  // namespace certwatch
