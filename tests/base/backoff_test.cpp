#include "base/backoff.h"

#include <algorithm>

#include "support/catch.h"

namespace certwatch {
namespace {

using std::chrono::milliseconds;

TEST_CASE("each wait doubles up to the longest and is shortened by up to a half") {
  const BackoffLimits limits{milliseconds(1000), milliseconds(5000)};
  const milliseconds whole[] = {milliseconds(1000), milliseconds(2000), milliseconds(4000),
                                milliseconds(5000), milliseconds(5000)};
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    Backoff backoff(limits, seed);
    for (const milliseconds most : whole) {
      const milliseconds wait = backoff.next();
      CHECK(wait >= most / 2);
      CHECK(wait <= most);
    }
  }
}

TEST_CASE("the waits of many processes spread over the whole half") {
  milliseconds shortest = milliseconds::max();
  milliseconds longest{0};
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    const milliseconds wait = Backoff(BackoffLimits{}, seed * 2654435761U).next();
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
  }
  CHECK(shortest < milliseconds(550));
  CHECK(longest > milliseconds(950));
}

TEST_CASE("a success starts the waits anew") {
  Backoff backoff(BackoffLimits{}, 1);
  for (int i = 0; i < 4; ++i) backoff.next();
  CHECK(backoff.failures() == 4);
  backoff.reset();
  CHECK(backoff.failures() == 0);
  CHECK(backoff.next() <= milliseconds(1000));
  CHECK(backoff.failures() == 1);
}

TEST_CASE("no number of failures and no limits break the bounds") {
  Backoff backoff({milliseconds(1000), milliseconds(5000)}, 7);
  for (int i = 0; i < 1000; ++i) CHECK(backoff.next() <= milliseconds(5000));
  Backoff shorter({milliseconds(1000), milliseconds(10)}, 7);
  CHECK(shorter.next() <= milliseconds(10));
  Backoff none({milliseconds(0), milliseconds(0)}, 7);
  for (int i = 0; i < 100; ++i) CHECK(none.next() == milliseconds(0));
  Backoff day({std::chrono::hours(24), std::chrono::hours(24 * 365)}, 7);
  for (int i = 0; i < 100; ++i) {
    const milliseconds wait = day.next();
    CHECK(wait >= std::chrono::hours(12));
    CHECK(wait <= std::chrono::hours(24 * 365));
  }
}

}  // namespace
}  // namespace certwatch
