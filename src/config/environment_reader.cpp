#include "config/environment_reader.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/number.h"
#include "base/text.h"
#include "config/variables.h"

namespace certwatch {
namespace {

// Soft limit: a secret is a line or two; a larger file is some other file.
constexpr std::size_t longest_secret = 64 * 1024;

// The row of a variable, or of the one that a NAME_FILE stands for; every name read has one.
const Variable* row_of(std::string_view name) {
  const auto* found =
      std::find_if(variables.begin(), variables.end(), [name](const Variable& variable) {
        return name == variable.name ||
               (variable.may_be_file && name == std::string(variable.name) + "_FILE");
      });
  return found == variables.end() ? nullptr : found;
}

// A file has none.
std::string default_of(std::string_view name) {
  const Variable* const row = row_of(name);
  return row != nullptr && name == row->name ? row->by_default : "";
}

std::optional<double> parse_seconds(std::string_view text) {
  std::string_view digits = trim(text);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto number = parse_number<double>(digits);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string> EnvironmentReader::value(std::string_view name) const {
  const Variable* const row = row_of(name);
  if (row == nullptr || (row->readers & who_) == 0) return std::nullopt;
  auto value = environment_(name);
  return value && !value->empty() ? value : std::nullopt;
}

bool EnvironmentReader::is_set(std::string_view name) const {
  return value(name).has_value();
}

std::string EnvironmentReader::text(std::string_view name) {
  return value(name).value_or(default_of(name));
}

Secret EnvironmentReader::secret(std::string_view name) {
  const std::string file_variable = std::string(name) + "_FILE";
  if (!is_set(file_variable)) return Secret(text(name));
  if (is_set(name)) {
    mistake(std::string(name) + " and " + file_variable + " are both set: set one of them");
    return {};
  }
  return from_file(file_variable, text(file_variable));
}

Secret EnvironmentReader::from_file(const std::string& file_variable, const std::string& path) {
  const std::string where = file_variable + " names " + printable(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    mistake(where + ", which cannot be read: " + std::generic_category().message(errno));
    return {};
  }
  std::string content(longest_secret + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (content.empty() && !file.eof())) {
    mistake(where + ", which cannot be read");
    return {};
  }
  if (content.size() > longest_secret) {
    mistake(where + ", which is longer than " + std::to_string(longest_secret) + " bytes");
    return {};
  }
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  if (content.empty()) mistake(where + ", which is empty");
  return Secret(std::move(content));
}

Seconds EnvironmentReader::seconds(std::string_view name) {
  return duration(name, true);
}

Seconds EnvironmentReader::positive_seconds(std::string_view name) {
  return duration(name, false);
}

Seconds EnvironmentReader::duration(std::string_view name, bool zero_is_fine) {
  const std::string value = text(name);
  const auto number = parse_seconds(value);
  const bool fine = number && (zero_is_fine ? *number >= 0 : *number > 0);
  if (!fine) {
    mistake(std::string(name) + " is \"" + printable(value, 40) +
            "\": expected a number of seconds, " + (zero_is_fine ? "0 or more" : "more than 0"));
    return Seconds{0};
  }
  return Seconds{*number};
}

bool EnvironmentReader::yes_or_no(std::string_view name) {
  const std::string value = text(name);
  const std::string word = lower(trim(value));
  if (word == "true" || word == "1" || word == "yes" || word == "on") return true;
  if (word != "false" && word != "0" && word != "no" && word != "off") {
    mistake(std::string(name) + " is \"" + printable(value, 40) + "\": expected true or false");
  }
  return false;
}

bool EnvironmentReader::has_mistake(std::string_view name) const {
  return std::any_of(mistakes_.begin(), mistakes_.end(),
                     [&](const std::string& sentence) { return sentence.starts_with(name); });
}

}  // namespace certwatch
