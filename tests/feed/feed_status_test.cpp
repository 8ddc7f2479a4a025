#include "feed/feed_status.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using std::chrono::seconds;

const SteadyTime start{std::chrono::hours(1)};

struct Board {
  FeedStatusBoard board;
  FeedStatusBoard::Connections last;
  FeedStatusBoard::Shown shown = [this](FeedStatusBoard::Connections c) { last = c; };
  FeedStatus only() const { return board.all().front(); }
};

TEST_CASE("a feed is not well before it has connected") {
  Board b;
  b.board.add("h:1", start);
  CHECK(b.only().name == "h:1");
  CHECK_FALSE(b.only().well());
  CHECK(b.only().since == start);
  CHECK(b.only().why == "not connected yet");
  CHECK_FALSE(b.only().last_message);
}

TEST_CASE("a connected feed is well, and has been since it connected") {
  Board b;
  const auto feed = b.board.add("h:1", start);
  b.board.connected(feed, start + seconds(5), b.shown);
  b.board.heard_from(feed, start + seconds(9));
  CHECK(b.only().well());
  CHECK(b.only().since == start + seconds(5));
  CHECK(b.only().why.empty());
  CHECK(b.only().last_message == start + seconds(9));
}

TEST_CASE("a feed that is lost says why, and since when, however often it fails after that") {
  Board b;
  const auto feed = b.board.add("h:1", start);
  b.board.connected(feed, start, b.shown);
  b.board.disconnected(feed, "reset", start + seconds(5), b.shown);
  b.board.disconnected(feed, "refused", start + seconds(6), b.shown);
  CHECK_FALSE(b.only().well());
  CHECK(b.only().since == start + seconds(5));
  CHECK(b.only().why == "refused");
}

TEST_CASE("a feed that stalled is well again when it brings something, not when it lets us in") {
  Board b;
  const auto feed = b.board.add("h:1", start);
  b.board.connected(feed, start, b.shown);
  b.board.stalled(feed, start + seconds(60));
  CHECK_FALSE(b.only().well());
  b.board.disconnected(feed, "no message", start + seconds(60), b.shown);
  b.board.connected(feed, start + seconds(61), b.shown);
  CHECK(b.only().connected);
  CHECK_FALSE(b.only().well());
  CHECK(b.only().since == start + seconds(60));
  CHECK_FALSE(b.only().why.empty());
  b.board.heard_from(feed, start + seconds(62));
  CHECK(b.only().well());
  CHECK(b.only().since == start + seconds(62));
  CHECK(b.only().why.empty());
}

TEST_CASE("what is told of connections is of all feeds, and of all of one name") {
  Board b;
  const auto one = b.board.add("h:1", start);
  const auto same = b.board.add("h:1", start);
  const auto other = b.board.add("h:2", start);
  b.board.connected(one, start, b.shown);
  b.board.connected(same, start, b.shown);
  b.board.connected(other, start, b.shown);
  b.board.disconnected(one, "x", start, b.shown);
  CHECK(b.last.of_that_name);
  CHECK(b.last.any);
  b.board.disconnected(same, "x", start, b.shown);
  CHECK_FALSE(b.last.of_that_name);
  CHECK(b.last.any);
  b.board.disconnected(other, "x", start, b.shown);
  CHECK_FALSE(b.last.any);
}

TEST_CASE("a reason has a bound") {
  Board b;
  const auto feed = b.board.add("h:1", start);
  b.board.disconnected(feed, std::string(10'000, 'x'), start, b.shown);
  CHECK(b.only().why.size() == 500);
}

}  // namespace
}  // namespace certwatch
