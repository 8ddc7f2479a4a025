// When a receiver wants to be asked again (RFC 9110 section 10.2.3).
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace certwatch {

// Hard limit: nobody puts us off for longer.
inline constexpr Seconds longest_retry_after{600};

// The value of a Retry-After field, seconds or a date in any of HTTP's three forms: how long from
// `now`, between 0 and longest_retry_after. Nothing where it is neither.
std::optional<Seconds> parse_retry_after(std::string_view value, SystemTime now);

}  // namespace certwatch
