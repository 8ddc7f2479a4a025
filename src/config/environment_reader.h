// Reads single variables, and collects what is wrong with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace certwatch {

class EnvironmentReader {
 public:
  EnvironmentReader(const Environment& environment, Readers who)
      : environment_(environment), who_(who) {}

  // An empty variable counts as not set, and so does one that is not for `who`.
  bool is_set(std::string_view name) const;
  // The value, or the default of config/variables.h.
  std::string text(std::string_view name);
  // NAME, or the content of the file NAME_FILE without the line ends behind it.
  Secret secret(std::string_view name);
  // A duration of 0 or more.
  Seconds seconds(std::string_view name);
  // A duration of more than 0.
  Seconds positive_seconds(std::string_view name);
  bool yes_or_no(std::string_view name);

  void mistake(std::string sentence) { mistakes_.push_back(std::move(sentence)); }
  // Is there a mistake that begins with this variable's name?
  bool has_mistake(std::string_view name) const;
  std::vector<std::string> take_mistakes() { return std::move(mistakes_); }

 private:
  std::optional<std::string> value(std::string_view name) const;
  Seconds duration(std::string_view name, bool zero_is_fine);
  Secret from_file(const std::string& file_variable, const std::string& path);

  const Environment& environment_;
  const Readers who_;
  std::vector<std::string> mistakes_;
};

}  // namespace certwatch
