#include "record/postgres/parameters.h"

#include <algorithm>
#include <cmath>

#include "base/json_text.h"

namespace certwatch::postgres {
namespace {

constexpr double longest_interval = 1e9;

std::string storable(std::string_view value) {
  const auto is_harmless = [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(value.begin(), value.end(), is_harmless)) return std::string(value);
  return json::storable_text(value);
}

}  // namespace

Parameters& Parameters::null() {
  values_.emplace_back(std::nullopt);
  return *this;
}

Parameters& Parameters::text(std::string_view value) {
  values_.emplace_back(storable(value));
  return *this;
}

Parameters& Parameters::optional_text(const std::optional<std::string>& value) {
  return value ? text(*value) : null();
}

Parameters& Parameters::text_unless_empty(std::string_view value) {
  return value.empty() ? null() : text(value);
}

Parameters& Parameters::integer(std::int64_t value) {
  values_.emplace_back(std::to_string(value));
  return *this;
}

Parameters& Parameters::optional_integer(const std::optional<std::int64_t>& value) {
  return value ? integer(*value) : null();
}

Parameters& Parameters::real(double value) {
  values_.emplace_back(json::number(value));
  return *this;
}

Parameters& Parameters::boolean(bool value) {
  values_.emplace_back(value ? "t" : "f");
  return *this;
}

Parameters& Parameters::time(SystemTime value) {
  return real(unix_seconds(value));
}

Parameters& Parameters::optional_time(const std::optional<SystemTime>& value) {
  return value ? time(*value) : null();
}

Parameters& Parameters::seconds(Seconds value) {
  const double whole = std::isnan(value.count()) ? 0 : value.count();
  values_.emplace_back(json::number(std::clamp(whole, 0.0, longest_interval)));
  return *this;
}

Parameters& Parameters::texts(std::span<const std::string> values) {
  std::string literal = "{";
  for (const std::string& value : values) {
    if (literal.size() > 1) literal += ',';
    literal += '"';
    for (const char c : storable(value)) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  values_.emplace_back(literal + "}");
  return *this;
}

Parameters& Parameters::integers(std::span<const std::int64_t> values) {
  std::string literal = "{";
  for (const std::int64_t value : values) {
    if (literal.size() > 1) literal += ',';
    literal += std::to_string(value);
  }
  values_.emplace_back(literal + "}");
  return *this;
}

std::vector<const char*> Parameters::pointers() const {
  std::vector<const char*> all;
  for (const auto& value : values_) all.push_back(value ? value->c_str() : nullptr);
  return all;
}

}  // namespace certwatch::postgres
