// A name cut into its suffixes, shortest first. Private to match.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "match/domain_name.h"
#include "match/name_hash.h"

namespace certwatch {

// Visits "org", "example.org", "www.example.org" of "WWW.Example.org", each with its hash. Only
// the last `longest` bytes are looked at: no longer suffix can be in the list, and so no length of
// name makes a look-up slow. Owns a lower-cased copy; allocates nothing.
class SuffixWalk {
 public:
  // `longest` is at most longest_watch_entry; `hash` outlives the walk.
  SuffixWalk(std::string_view name, std::size_t longest, const LabelHash& hash);

  // One label to the left. False when there is no more. The last suffix of a name that was cut is
  // longer than `longest`, wherever it begins.
  bool next();

  std::string_view suffix() const { return {text_.data() + begin_, size_ - begin_}; }
  std::uint32_t hash() const { return static_cast<std::uint32_t>(state_ >> 32); }
  bool is_one_label() const { return labels_ == 1; }
  // The suffix is the name itself, unless that is longer than `longest`.
  bool is_whole() const { return begin_ == 0; }

 private:
  // A suffix and the dot before it.
  static constexpr std::size_t most_bytes = longest_watch_entry + 1;

  void copy_folded(const char* bytes);

  const LabelHash& hash_;
  std::uint64_t state_;
  std::size_t size_;
  bool is_over_ = false;
  std::size_t labels_ = 0;
  std::size_t begin_;        // of the suffix
  std::size_t label_end_;    // of the next label to the left
  std::size_t dots_word_;    // in which the next dot to the left is looked for
  std::uint64_t dots_left_;  // what has not been passed of that word
  std::array<std::uint64_t, most_bytes / 64 + 1> dots_;  // a bit for each byte of text_
  std::array<char, most_bytes + 8> text_;                // load_8 reads behind the end
};

inline bool SuffixWalk::next() {
  while (dots_left_ == 0 && dots_word_ > 0) dots_left_ = dots_[--dots_word_];
  if (dots_left_ != 0) {
    const auto bit = static_cast<std::size_t>(63 - std::countl_zero(dots_left_));
    dots_left_ ^= std::uint64_t{1} << bit;
    begin_ = dots_word_ * 64 + bit + 1;
  } else {
    if (is_over_) return false;
    is_over_ = true;
    begin_ = 0;
  }
  state_ = hash_.with_label(state_, text_.data() + begin_, label_end_ - begin_);
  label_end_ = begin_ - 1;
  ++labels_;
  return true;
}

}  // namespace certwatch
