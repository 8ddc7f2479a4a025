// How a store fails.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace certwatch {

struct StoreError {
  enum class Kind {
    unavailable,    // gone, read-only, out of connections, timed out: wait and try again
    too_slow,       // answers, and cut this call short, or somebody holds a lock on what it needs:
                    // fewer at once, or others, may get through
    missing_table,  // answers, but lacks a table or column, or is not in UTF-8: not prepared
    refused,        // this very content is refused, whenever it is tried (a bug, or hostile)
  };
  Kind kind = Kind::unavailable;
  // For a person; without secrets. Says which operation.
  std::string message;
};

template <class T>
using StoreResult = Result<T, StoreError>;

inline tl::unexpected<StoreError> store_failure(StoreError::Kind kind, std::string message) {
  return tl::unexpected<StoreError>(StoreError{kind, std::move(message)});
}

}  // namespace certwatch
