// When a server wants to be asked again (RFC 9110 section 10.2.3).
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace certwatch {

// How long from `now` the value of a Retry-After field asks us to wait: never negative, without an
// upper limit. It is a number of seconds, or a date in any form that curl_getdate(3) reads, HTTP's
// three among them. Nothing where it is neither.
std::optional<Seconds> parse_retry_after(const std::string& value, SystemTime now);

}  // namespace certwatch
