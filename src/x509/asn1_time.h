// Times of certificates (RFC 5280 section 4.1.2.5).
#pragma once

#include <cstdint>
#include <optional>

#include "x509/der_reader.h"

namespace certwatch {

// Unix seconds of a UTCTime (years 1950 to 2049) or GeneralizedTime. Beside the one form RFC 5280
// allows, "…SSZ", those that X.680 allows and old certificates use: an offset (+hhmm) instead of Z,
// seconds left out, a fraction of a second (cut). Nothing for local times, for other types, and
// where there is no such date.
std::optional<std::int64_t> unix_time(const der::Element& element);

}  // namespace certwatch
