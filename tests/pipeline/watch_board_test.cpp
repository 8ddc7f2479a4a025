#include "pipeline/watch_board.h"

#include "support/catch.h"

using namespace certwatch;

namespace {
const SteadyTime start{};
}

TEST_CASE("the board says not loaded until the first refresh") {
  WatchBoard board(Seconds{60}, start);
  CHECK_FALSE(board.state(start).ok);
  CHECK(board.state(start).why == "not loaded yet");
  CHECK_FALSE(board.state(start).last_success);
  board.refreshed(7, "", start);
  CHECK(board.state(start).ok);
  CHECK(board.state(start).entries == 7);
}

TEST_CASE("a failed refresh leaves the list well until it is stale") {
  WatchBoard board(Seconds{60}, start);
  board.refreshed(7, "", start);
  board.failed("gone");
  CHECK(board.state(start + std::chrono::seconds(180)).ok);
  const auto stale = board.state(start + std::chrono::seconds(181));
  CHECK_FALSE(stale.ok);
  CHECK(stale.why == "the last refresh failed: gone");
  CHECK(stale.since == start + std::chrono::seconds(180));
}

TEST_CASE("a list with short intervals is not stale within a minute") {
  WatchBoard board(Seconds{0.1}, start);
  board.refreshed(7, "", start);
  CHECK(board.state(start + std::chrono::seconds(60)).ok);
  CHECK_FALSE(board.state(start + std::chrono::seconds(61)).ok);
}

TEST_CASE("`since` moves only when the state changes") {
  WatchBoard board(Seconds{60}, start);
  board.refreshed(7, "", start + std::chrono::seconds(1));
  board.refreshed(7, "", start + std::chrono::seconds(2));
  CHECK(board.state(start + std::chrono::seconds(3)).since == start + std::chrono::seconds(1));
  board.refreshed(0, "empty", start + std::chrono::seconds(4));
  CHECK(board.state(start + std::chrono::seconds(5)).since == start + std::chrono::seconds(4));
}
