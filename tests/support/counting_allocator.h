// What the whole program takes from operator new. A program that links counting_allocator.cpp has
// it replaced: it should be one of its own.
#pragma once

#include <cstddef>

namespace certwatch::testing {

// Since the start of the program, of all threads.
std::size_t allocations();

// As malloc rounds them up.
std::size_t bytes_held();
// Since the start, or since it was last forgotten.
std::size_t most_bytes_held();
void forget_most_bytes_held();

}  // namespace certwatch::testing
