// Which watch entries a name hits. The rules: README, "Matching".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certwatch {

// A hit list can be as long as the watch list ("*.com" hits every entry below com with one more
// label). Soft limit: what is beyond it is counted in `left_out`; the match itself is never lost.
inline constexpr std::size_t most_hits = 10'000;

struct Hits {
  std::vector<std::string_view> entries;  // into the watch list; with repeats, in no order
  std::size_t left_out = 0;
};

// Immutable, so that any number of readers may ask while the next one is built. Asking costs a
// probe per label of the name, whatever the number of entries, and allocates nothing.
class WatchList {
 public:
  ~WatchList();
  WatchList(WatchList&&) noexcept;
  WatchList& operator=(WatchList&&) noexcept;

  std::size_t size() const;
  // What the structure occupies.
  std::size_t memory_bytes() const;

  // Does the name, as it stands in a certificate, hit anything?
  bool hits(std::string_view san) const;
  // Appends what it hits, as it is to be reported.
  void find(std::string_view san, Hits& hits) const;

 private:
  friend class WatchListBuilder;
  struct Tables;
  explicit WatchList(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

// Takes rows of public.intent_current as they stand.
class WatchListBuilder {
 public:
  // `expected` rows, if known, so that nothing has to grow.
  explicit WatchListBuilder(std::size_t expected = 0);
  ~WatchListBuilder();

  enum class Added { entry, duplicate, invalid };
  Added add(std::string_view fqdn);

  WatchList build() &&;

 private:
  struct Draft;
  std::unique_ptr<Draft> draft_;
};

// An order-independent digest of a watch list's rows, to learn without building that nothing
// changed.
class WatchListDigest {
 public:
  void add(std::string_view fqdn);
  friend bool operator==(const WatchListDigest&, const WatchListDigest&) = default;
  std::size_t rows() const { return rows_; }

 private:
  std::uint64_t sum_low_ = 0;
  std::uint64_t sum_high_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace certwatch
