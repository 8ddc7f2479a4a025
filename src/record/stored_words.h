// Words of rows (model/alert.h, model/delivery.h) read back as values.
#pragma once

#include <optional>
#include <string_view>

#include "model/alert.h"
#include "model/delivery.h"

namespace certwatch {

// pending for any other word.
Severity severity_of(std::string_view text);
std::optional<KnownBy> known_by_of(std::string_view text);
std::optional<Reason> reason_of(std::string_view text);
// info for any other word.
Importance importance_of(std::string_view text);
// verdict for any other word.
DeliveryKind delivery_kind_of(std::string_view text);

}  // namespace certwatch
