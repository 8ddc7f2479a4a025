// The issuances recorded last, so that their repeats need not ask the database.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/identity.h"

namespace certwatch {

inline constexpr std::size_t most_recent_issuances = 2048;

// A least-recently-used cache. It knows a sighting only if one with the very same identity has been
// committed. Belongs to one thread.
class RecentIssuances {
 public:
  explicit RecentIssuances(std::size_t capacity = most_recent_issuances) : capacity_(capacity) {}

  // Has this very sighting been recorded? Then its issuance is the most recent again.
  bool knows(const Identity& identity);
  // The sighting has been committed to `row`.
  void remember(std::int64_t row, const Identity& identity);
  // Issuances, not sightings.
  std::size_t size() const { return rows_.size(); }

 private:
  // An issuance seen in more shapes than this (precertificate, certificate, with and without DER)
  // forgets its oldest.
  static constexpr std::size_t shapes_per_issuance = 4;
  struct Issuance {
    std::int64_t row;
    std::array<std::string, shapes_per_issuance> shapes;
    std::size_t next_shape = 0;
  };
  using Order = std::list<Issuance>;

  void forget_oldest();

  const std::size_t capacity_;
  Order order_;  // most recent first
  std::unordered_map<std::int64_t, Order::iterator> rows_;
  std::unordered_map<std::string, Order::iterator> shapes_;
};

}  // namespace certwatch
