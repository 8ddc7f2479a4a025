// Which watch entries a name hits. The rules: README, "Matching".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certwatch {

// A name can hit very many entries: "*.com" hits every entry that has one label more. Soft limit:
// further hits are counted in `left_out`. The match itself is never lost.
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

  // Appends the entries that a name hits, in the form in which they are reported. `san` is a name
  // as it stands in a certificate. False: it hits nothing.
  bool find(std::string_view san, Hits& hits) const;

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
  std::unique_ptr<WatchList::Tables> tables_;
};

}  // namespace certwatch
