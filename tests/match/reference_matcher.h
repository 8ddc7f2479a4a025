// The matching rules of the README written down as plainly as can be: what the watch list is
// measured against.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "match/domain_name.h"

namespace certwatch::testing {

class ReferenceMatcher {
 public:
  void add(std::string_view row) {
    if (const auto forms = watch_entry_forms(row)) entries_.insert(*forms);
  }
  std::size_t size() const { return entries_.size(); }

  std::set<std::string> find(std::string_view san) const {
    std::string name = lower(trim(san));
    while (name.ends_with('.')) name.pop_back();
    std::set<std::string> found;
    for (const std::vector<std::string>& forms : entries_) {
      if (std::any_of(forms.begin(), forms.end(),
                      [&](const std::string& form) { return matches(name, form); })) {
        found.insert(forms.front());
      }
    }
    return found;
  }

 private:
  static bool is_at_or_below(const std::string& name, const std::string& entry) {
    return name == entry || name.ends_with("." + entry);
  }
  static bool matches(const std::string& name, const std::string& entry) {
    if (name.empty()) return false;
    if (!name.starts_with("*.")) return is_at_or_below(name, entry);
    const std::string base = name.substr(2);
    return is_at_or_below(base, entry) || entry.substr(entry.find('.') + 1) == base;
  }

  std::set<std::vector<std::string>> entries_;
};

}  // namespace certwatch::testing
