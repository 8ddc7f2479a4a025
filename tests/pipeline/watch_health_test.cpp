#include "pipeline/watch_health.h"

#include "support/catch.h"

using namespace certwatch;

namespace {
const SteadyTime start{};
}

TEST_CASE("a list not loaded, and an empty one, are complaints") {
  WatchHealth health;
  CHECK(health.complaint(start) == "not loaded yet");
  CHECK_FALSE(health.refreshed(0, start).empty());
  CHECK(health.complaint(start) == "empty");
  CHECK(health.refreshed(0, start).empty());
  CHECK(health.refreshed(1, start).empty());
  CHECK(health.complaint(start).empty());
}

TEST_CASE("losing more than half at once is said, once, and remarked on") {
  WatchHealth health;
  health.refreshed(10, start);
  CHECK(health.refreshed(5, start).empty());
  CHECK_FALSE(health.has_shrunk(start));
  CHECK(health.refreshed(2, start) == "the watch list has shrunk from 5 entries to 2 entries");
  CHECK(health.complaint(start) == "shrunk from 5 entries to 2 entries");
  CHECK(health.refreshed(2, start).empty());
  CHECK(health.has_shrunk(start));
}

TEST_CASE("a shrunken list is well again when it grows") {
  WatchHealth health;
  health.refreshed(10, start);
  health.refreshed(2, start);
  health.refreshed(2, start);
  CHECK(health.has_shrunk(start));
  health.refreshed(3, start);
  CHECK_FALSE(health.has_shrunk(start));
  CHECK(health.complaint(start).empty());
}

TEST_CASE("a shrunken list becomes the new normal after an hour") {
  WatchHealth health;
  health.refreshed(10, start);
  health.refreshed(1, start);
  CHECK(health.has_shrunk(start + std::chrono::minutes(59)));
  CHECK_FALSE(health.has_shrunk(start + std::chrono::minutes(60)));
  CHECK(health.complaint(start + std::chrono::minutes(60)).empty());
}

TEST_CASE("a list that empties says what it had") {
  WatchHealth health;
  health.refreshed(3, start);
  CHECK(health.refreshed(0, start) ==
        "the watch list is empty now, and had 3 entries: nothing is watched");
  CHECK(health.complaint(start + std::chrono::hours(2)) == "empty");
}
