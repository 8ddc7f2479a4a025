#include "match/domain_name.h"

#include <algorithm>
#include <idn2.h>
#include <memory>
#include <optional>

#include "base/text.h"

namespace certwatch {
namespace {

// Why a normalised name cannot be watched, as the rest of a sentence; empty: it can.
std::string_view flaw_of(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.find('.') == std::string_view::npos) return "has fewer than two labels";
  if (name.front() == '.' || name.find("..") != std::string_view::npos) return "has an empty label";
  if (name.find('*') != std::string_view::npos) return "has a \"*\" besides one leading \"*.\"";
  if (name.size() > longest_watch_entry) return "is longer than 1000 bytes";
  return {};
}
static_assert(longest_watch_entry == 1000, "the sentence above names it");

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::optional<std::string> a_labels(const std::string& name) {
  // libidn2 would stop at a NUL and take the part for the whole.
  if (name.find('\0') != std::string::npos) return std::nullopt;
  char* found = nullptr;
  if (idn2_to_ascii_8z(name.c_str(), &found, IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&idn2_free)> owned(found, &idn2_free);
  std::string labels = lower(stripped_name(found));
  // The mapping can bring forth what an entry must not have (U+FF0A becomes "*", U+00AD nothing).
  if (!flaw_of(labels).empty() || labels == name) return std::nullopt;
  return labels;
}

}  // namespace

std::string_view stripped_name(std::string_view name) {
  name = trim(name);
  while (!name.empty() && name.back() == '.') name.remove_suffix(1);
  return name;
}

Result<std::vector<std::string>> watch_entry_forms(std::string_view fqdn) {
  std::string_view name = stripped_name(fqdn);
  if (name.substr(0, 2) == "*.") name.remove_prefix(2);
  if (const std::string_view flaw = flaw_of(name); !flaw.empty()) {
    constexpr std::size_t shown = 100;
    return failure("'" + std::string(fqdn.substr(0, shown)) +
                   (fqdn.size() > shown ? "...' " : "' ") + std::string(flaw));
  }
  std::vector<std::string> forms{lower(name)};
  if (!is_ascii(name)) {
    if (auto labels = a_labels(forms.front())) forms.push_back(*std::move(labels));
  }
  return forms;
}

}  // namespace certwatch
