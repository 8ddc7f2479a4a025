#include "support/counting_allocator.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<std::size_t> count{0};
std::atomic<std::size_t> held{0};
std::atomic<std::size_t> most_held{0};

void* counted(std::size_t size) noexcept {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  ++count;
  held += malloc_usable_size(memory);
  most_held = std::max(most_held.load(), held.load());
  return memory;
}

void* counted_or_throw(std::size_t size) {
  if (void* const memory = counted(size)) return memory;
  throw std::bad_alloc();
}

void give_back(void* memory) noexcept {
  held -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted_or_throw(size);
}
void* operator new[](std::size_t size) {
  return counted_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete[](void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}

namespace certwatch::testing {

std::size_t allocations() {
  return count;
}

std::size_t bytes_held() {
  return held;
}

std::size_t most_bytes_held() {
  return most_held;
}

void forget_most_bytes_held() {
  most_held = held.load();
}

}  // namespace certwatch::testing
