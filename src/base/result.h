// How an expected failure is told: as a value.
//
// Result<T> has the interface of C++23's std::expected (libstdc++ 12 has none yet). Exceptions are
// left to bugs and to start-up; those of third-party libraries end in the adapter that called them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace certwatch {

// What went wrong, for a person: what, where and, if there is anything, what to do. Never holds a
// secret; may hold hostile text, which whoever prints it escapes.
struct Error {
  std::string message;
};

template <class T, class E = Error>
using Result = tl::expected<T, E>;

inline tl::unexpected<Error> failure(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace certwatch
