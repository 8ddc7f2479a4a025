// What to do with content that a database refuses: the alert must be on record all the same.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "model/alert.h"
#include "record/store_error.h"

namespace certwatch {

// Records `alerts` by `record_together`, in one transaction if it can be. Where that is refused,
// one by one; and what is refused alone, with less and less of its content: without its list of
// names and its issuer, then also with the barest payload; each result says what was left out.
// Refused only where even that is; the others are on record then, and a repeated call finds them.
StoreResult<std::vector<Recorded>> record_despite_refusal(
    std::span<const NewAlert> alerts,
    const std::function<StoreResult<std::vector<Recorded>>(std::span<const NewAlert>)>&
        record_together);

}  // namespace certwatch
