// A hash table of names that are kept elsewhere, made for asking in vain. Private to match.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace certwatch {

// Says of nearly all hashes that are not in it (99 of 100) that they are not, by one look at one
// word; never says so of one that is. Two bytes a name: that of a million names stays in the
// processor's second cache, which the table does not.
class HashFilter {
 public:
  void build_for(std::size_t names) { words_.assign(names / 4 + 1, 0); }
  void add(std::uint32_t hash) {
    const std::uint64_t spread = spread_of(hash);
    words_[index_of(spread)] |= bits_of(spread);
  }
  bool may_hold(std::uint32_t hash) const {
    const std::uint64_t spread = spread_of(hash);
    return (~words_[index_of(spread)] & bits_of(spread)) == 0;
  }
  std::size_t memory_bytes() const { return words_.capacity() * sizeof(words_[0]); }

 private:
  static std::uint64_t spread_of(std::uint32_t hash) { return hash * 0x9E3779B97F4A7C15U; }
  static std::uint64_t bits_of(std::uint64_t spread) {
    return std::uint64_t{1} << (spread & 63) | std::uint64_t{1} << (spread >> 6 & 63) |
           std::uint64_t{1} << (spread >> 12 & 63);
  }
  std::size_t index_of(std::uint64_t spread) const {
    return ((spread >> 32) * words_.size()) >> 32;
  }

  std::vector<std::uint64_t> words_;
};

// Open addressing with linear probing, at most three quarters full. What a Value stands for is
// known to the caller, who tells names of equal hash apart.
template <class Value>
class NameTable {
 public:
  explicit NameTable(std::size_t expected) { resize(expected + expected / 2); }

  std::size_t size() const { return size_; }

  // The value of this hash that `is_it` says yes to, or none. While the table is being filled.
  template <class IsIt>
  Value* find(std::uint32_t hash, IsIt&& is_it) {
    return const_cast<Value*>(std::as_const(*this).look_up(hash, is_it));
  }
  // The same of a table that is finished: asks the filter first.
  template <class IsIt>
  const Value* find_fast(std::uint32_t hash, IsIt&& is_it) const {
    return filter_.may_hold(hash) ? look_up(hash, is_it) : nullptr;
  }

  // Of something that find() does not know. May move what is there.
  void insert(std::uint32_t hash, const Value& value) {
    if ((size_ + 1) * 4 > slots_.size() * 3) resize(size_ * 2 + least_slots);
    place({hash, value});
    ++size_;
  }

  // No insert() after it.
  void finish() {
    if (slots_.size() > size_ * 2 + least_slots) resize(size_ + size_ / 2 + least_slots);
    filter_.build_for(size_);
    for (const Slot& slot : slots_) {
      if (!slot.is_free()) filter_.add(slot.hash);
    }
  }

  std::size_t memory_bytes() const {
    return slots_.capacity() * sizeof(Slot) + filter_.memory_bytes();
  }

 private:
  static constexpr std::size_t least_slots = 8;
  struct Slot {
    std::uint32_t hash = 0;
    Value value{};  // a Value{} marks a free slot
    bool is_free() const { return value == Value{}; }
  };

  std::size_t home_of(std::uint32_t hash) const {
    return (hash * std::uint64_t{slots_.size()}) >> 32;
  }
  std::size_t after(std::size_t index) const { return index + 1 == slots_.size() ? 0 : index + 1; }

  template <class IsIt>
  const Value* look_up(std::uint32_t hash, IsIt&& is_it) const {
    for (std::size_t i = home_of(hash); !slots_[i].is_free(); i = after(i)) {
      if (slots_[i].hash == hash && is_it(slots_[i].value)) return &slots_[i].value;
    }
    return nullptr;
  }

  void place(const Slot& slot) {
    std::size_t i = home_of(slot.hash);
    while (!slots_[i].is_free()) i = after(i);
    slots_[i] = slot;
  }

  void resize(std::size_t slots) {
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(std::max(slots, least_slots)));
    for (const Slot& slot : old) {
      if (!slot.is_free()) place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  HashFilter filter_;
};

}  // namespace certwatch
