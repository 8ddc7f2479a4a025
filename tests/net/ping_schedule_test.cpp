#include "net/ping_schedule.h"

#include "support/catch.h"

namespace certwatch {
namespace {

using std::chrono::seconds;

const SteadyTime start{std::chrono::hours(1)};

TEST_CASE("a ping is due every interval, whatever comes in between") {
  PingSchedule pings(seconds(20), seconds(20), start);
  CHECK(pings.next_change() == start + seconds(20));
  CHECK_FALSE(pings.ping_is_due(start + std::chrono::milliseconds(19999)));
  CHECK(pings.ping_is_due(start + seconds(20)));
  pings.ping_sent(start + seconds(21));
  CHECK_FALSE(pings.ping_is_due(start + seconds(21)));
  pings.pong_received();
  CHECK(pings.ping_is_due(start + seconds(41)));
}

TEST_CASE("a peer is overdue when a ping has been without an answer for as long as we wait") {
  PingSchedule pings(seconds(20), seconds(20), start);
  CHECK_FALSE(pings.pong_is_overdue(start + seconds(1000)));  // nothing was asked
  pings.ping_sent(start + seconds(20));
  CHECK(pings.next_change() == start + seconds(40));
  CHECK_FALSE(pings.pong_is_overdue(start + std::chrono::milliseconds(39999)));
  CHECK(pings.pong_is_overdue(start + seconds(40)));
}

TEST_CASE("any pong after the ping answers it") {
  PingSchedule pings(seconds(20), seconds(20), start);
  pings.ping_sent(start + seconds(20));
  pings.pong_received();
  CHECK_FALSE(pings.pong_is_overdue(start + seconds(1000)));
}

TEST_CASE("a pong that nobody asked for does not answer the next ping") {
  PingSchedule pings(seconds(20), seconds(20), start);
  pings.pong_received();
  pings.ping_sent(start + seconds(20));
  CHECK(pings.pong_is_overdue(start + seconds(40)));
}

TEST_CASE("with more than one ping under way the oldest counts") {
  PingSchedule pings(seconds(5), seconds(20), start);
  pings.ping_sent(start + seconds(5));
  pings.ping_sent(start + seconds(10));
  CHECK(pings.next_change() == start + seconds(15));
  CHECK(pings.pong_is_overdue(start + seconds(25)));
  pings.pong_received();
  pings.ping_sent(start + seconds(15));
  CHECK_FALSE(pings.pong_is_overdue(start + seconds(34)));
  CHECK(pings.pong_is_overdue(start + seconds(35)));
}

}  // namespace
}  // namespace certwatch
