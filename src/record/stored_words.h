// Words of rows (model/alert.h) read back as values.
#pragma once

#include <optional>
#include <string_view>

#include "model/alert.h"

namespace certwatch {

// pending for any other word.
Severity severity_of(std::string_view text);
std::optional<KnownBy> known_by_of(std::string_view text);
std::optional<Reason> reason_of(std::string_view text);

}  // namespace certwatch
