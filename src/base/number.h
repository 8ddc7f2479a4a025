// Numbers out of text, whole or not at all.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace certwatch {

// A finite number that is the whole text: no sign "+", no white space, nothing behind it.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(value)) return std::nullopt;  // "inf" and "nan" are numbers to from_chars
  }
  return value;
}

// Whole seconds of a time as certstream gives it, cut towards zero; nothing where it is no finite
// number or does not fit a bigint of a database with room to calculate (about 3 * 10^11 years are
// enough for a certificate).
std::optional<std::int64_t> whole_seconds(double time);

}  // namespace certwatch
