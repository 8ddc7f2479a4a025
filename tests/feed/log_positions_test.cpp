#include "feed/log_positions.h"

#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace certwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime start{std::chrono::hours(1)};
const SteadyTime long_after = start + std::chrono::hours(1);

std::map<std::string, std::uint64_t> missed_by_log(LogPositions& positions, SteadyTime now) {
  std::map<std::string, std::uint64_t> missed;
  positions.settle(now, [&](std::string_view log, std::uint64_t entries) {
    missed[std::string(log)] += entries;
  });
  return missed;
}

std::uint64_t missed(LogPositions& positions, SteadyTime now) {
  const auto by_log = missed_by_log(positions, now);
  return by_log.contains("log") ? by_log.at("log") : 0;
}

struct Sequence {
  const char* why;
  std::vector<std::uint64_t> indexes;
  std::vector<Arrival> arrivals;
  std::uint64_t missed;
};

constexpr std::uint64_t far = LogPositions::implausible_jump;
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("jumps of the index are what was missed") {
  const Sequence row = GENERATE(
      Sequence{"the first index is where following begins", {7}, {Arrival::first}, 0},
      Sequence{"zero is an index", {0, 1}, {Arrival::first, Arrival::in_order}, 0},
      Sequence{"one after the other",
               {7, 8, 9},
               {Arrival::first, Arrival::in_order, Arrival::in_order},
               0},
      Sequence{"a jump", {7, 11}, {Arrival::first, Arrival::ahead}, 3},
      Sequence{"two jumps", {7, 9, 12}, {Arrival::first, Arrival::ahead, Arrival::ahead}, 3},
      Sequence{"a repeat",
               {7, 8, 8, 7},
               {Arrival::first, Arrival::in_order, Arrival::repeated, Arrival::repeated},
               0},
      Sequence{"before the first index nothing is known",
               {7, 3},
               {Arrival::first, Arrival::repeated},
               0},
      Sequence{
          "the wrong way round", {7, 9, 8}, {Arrival::first, Arrival::ahead, Arrival::late}, 0},
      Sequence{"late at the beginning of a gap",
               {7, 11, 8},
               {Arrival::first, Arrival::ahead, Arrival::late},
               2},
      Sequence{"late at its end", {7, 11, 10}, {Arrival::first, Arrival::ahead, Arrival::late}, 2},
      Sequence{"late in its middle, twice",
               {7, 13, 10, 10, 9, 11},
               {Arrival::first, Arrival::ahead, Arrival::late, Arrival::repeated, Arrival::late,
                Arrival::late},
               2},
      Sequence{"all of it late, in any order",
               {7, 12, 10, 8, 11, 9},
               {Arrival::first, Arrival::ahead, Arrival::late, Arrival::late, Arrival::late,
                Arrival::late},
               0},
      Sequence{"the longest jump that is believed",
               {7, 7 + far},
               {Arrival::first, Arrival::ahead},
               far - 1},
      Sequence{"a jump that is not believed, and back",
               {7, 8 + far, 8, 10},
               {Arrival::first, Arrival::implausible, Arrival::in_order, Arrival::ahead},
               1},
      Sequence{"the same lie from two feeds",
               {7, 8 + far, 8 + far, 8},
               {Arrival::first, Arrival::implausible, Arrival::implausible, Arrival::in_order},
               0},
      Sequence{"another numbering, told by two indexes in a row",
               {7, 3 * far, 3 * far + 1, 3 * far + 2, 3 * far + 5},
               {Arrival::first, Arrival::implausible, Arrival::restarted, Arrival::in_order,
                Arrival::ahead},
               2},
      Sequence{"another numbering that begins with a jump",
               {7, 3 * far, 3 * far + 3},
               {Arrival::first, Arrival::implausible, Arrival::restarted},
               2},
      Sequence{"a log that starts anew",
               {3 * far, 0, 1, 3},
               {Arrival::first, Arrival::implausible, Arrival::restarted, Arrival::ahead},
               1},
      Sequence{"what was missing before a new numbering stays missed",
               {7, 9, 3 * far, 3 * far + 1},
               {Arrival::first, Arrival::ahead, Arrival::implausible, Arrival::restarted},
               1},
      Sequence{"the ends of what a number can be",
               {0, ~std::uint64_t{0}, 1, 2},
               {Arrival::first, Arrival::implausible, Arrival::in_order, Arrival::in_order},
               0},
      Sequence{"the largest number comes first: zero does not follow it",
               {largest, 0, largest, largest - 1},
               {Arrival::first, Arrival::implausible, Arrival::repeated, Arrival::repeated},
               0},
      Sequence{"the largest number in order",
               {largest - 1, largest, largest, 0},
               {Arrival::first, Arrival::in_order, Arrival::repeated, Arrival::implausible},
               0},
      Sequence{"a jump to the largest number",
               {largest - 3, largest, 0, 1, 3},
               {Arrival::first, Arrival::ahead, Arrival::implausible, Arrival::restarted,
                Arrival::ahead},
               3},
      Sequence{"the largest number confirms nothing",
               {0, largest, largest, 1},
               {Arrival::first, Arrival::implausible, Arrival::implausible, Arrival::in_order},
               0},
      Sequence{"another numbering that begins below the largest number",
               {0, largest - 1, largest, largest},
               {Arrival::first, Arrival::implausible, Arrival::restarted, Arrival::repeated},
               0});
  INFO(row.why);
  LogPositions positions;
  std::vector<Arrival> arrivals;
  for (const std::uint64_t index : row.indexes) {
    arrivals.push_back(positions.seen("log", index, start));
  }
  CHECK(arrivals == row.arrivals);
  CHECK(missed(positions, long_after) == row.missed);
}

TEST_CASE("a gap stays open for two seconds, then it is missed, once") {
  LogPositions positions;
  positions.seen("log", 1, start);
  positions.seen("log", 5, start);
  CHECK(missed(positions, start + milliseconds(1999)) == 0);
  positions.seen("log", 3, start + milliseconds(1999));
  CHECK(missed(positions, start + seconds(2)) == 2);
  CHECK(missed(positions, long_after) == 0);
  CHECK(positions.seen("log", 2, long_after) == Arrival::repeated);
  CHECK(missed(positions, long_after + seconds(10)) == 0);
}

TEST_CASE("each gap has its own two seconds") {
  LogPositions positions;
  positions.seen("log", 1, start);
  positions.seen("log", 3, start);
  positions.seen("log", 6, start + seconds(1));
  CHECK(missed(positions, start + seconds(2)) == 1);
  CHECK(positions.seen("log", 4, start + seconds(2)) == Arrival::late);
  CHECK(missed(positions, start + seconds(3)) == 1);
}

TEST_CASE("logs are counted apart") {
  LogPositions positions;
  for (const char* log : {"one", "two"}) positions.seen(log, 1, start);
  positions.seen("one", 3, start);
  positions.seen("two", 11, start);
  CHECK(missed_by_log(positions, long_after) ==
        std::map<std::string, std::uint64_t>{{"one", 1}, {"two", 9}});
}

TEST_CASE("of two feeds the one that is behind fills what the other missed") {
  LogPositions positions;
  for (std::uint64_t index = 0; index < 1000; ++index) {
    if (index % 3 != 1) positions.seen("log", index, start);  // one feed loses a third
    if (index >= 50 && index % 5 != 0) positions.seen("log", index - 50, start);
  }
  // What both lost: of 1 modulo 3, the indexes whose follower by 50 is a multiple of 5, and those
  // among the last 50 that the one behind has not come to.
  std::uint64_t lost_by_both = 0;
  for (std::uint64_t index = 0; index < 999; ++index) {
    const bool behind_brought_it = index < 950 && (index + 50) % 5 != 0;
    if (index % 3 == 1 && !behind_brought_it) ++lost_by_both;
  }
  CHECK(missed(positions, long_after) == lost_by_both);
}

TEST_CASE("only so many gaps of a log are kept open; the oldest settle before their time") {
  LogPositions positions;
  constexpr std::size_t gaps = LogPositions::most_gaps + 10;
  for (std::size_t i = 0; i <= gaps; ++i) positions.seen("log", 2 * i, start);
  CHECK(missed(positions, start) == 10);
  CHECK(positions.seen("log", 1, start) == Arrival::repeated);
  CHECK(positions.seen("log", 21, start) == Arrival::late);
  CHECK(missed(positions, long_after) == gaps - 11);
}

TEST_CASE(
    "a gap that late arrivals cut to pieces obeys the same limit, and nothing is lost count of") {
  LogPositions positions;
  constexpr std::uint64_t last = 4 * LogPositions::most_gaps;
  positions.seen("log", 0, start);
  positions.seen("log", last, start);
  std::uint64_t late = 0;
  for (std::uint64_t index = 2; index < last; index += 2) {
    if (positions.seen("log", index, start) == Arrival::late) ++late;
  }
  CHECK(missed(positions, long_after) == last - 1 - late);
}

TEST_CASE("only so many logs are followed") {
  LogPositions positions;
  for (std::size_t i = 0; i < LogPositions::most_logs; ++i) {
    REQUIRE(positions.seen("log " + std::to_string(i), 1, start) == Arrival::first);
  }
  CHECK(positions.seen("one more", 1, start) == Arrival::not_followed);
  CHECK(positions.seen("one more", 9, start) == Arrival::not_followed);
  CHECK(positions.seen("log 0", 3, start) == Arrival::ahead);
  CHECK(missed_by_log(positions, long_after).size() == 1);
}

TEST_CASE("a log whose name is too long is not followed") {
  LogPositions positions;
  const std::string name(LogPositions::longest_log_name + 1, 'x');
  CHECK(positions.seen(name, 1, start) == Arrival::not_followed);
  CHECK(positions.seen(name.substr(1), 1, start) == Arrival::first);
}

TEST_CASE("readers of one log and one who settles do not disturb each other") {
  LogPositions positions;
  positions.seen("log", 0, start);
  constexpr std::uint64_t last = 20'000;
  std::uint64_t counted = 0;
  {
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 3; ++reader) {
      readers.emplace_back([&positions] {
        for (std::uint64_t index = 1; index <= last; ++index) {
          if (index % 100 != 0) positions.seen("log", index, start);
        }
      });
    }
    for (int round = 0; round < 100; ++round) counted += missed(positions, start);
  }
  counted += missed(positions, long_after);
  // What the last of the readers left open or brought after another had run ahead is never counted
  // twice; the multiples of 100 are what nobody brought. The last one has no follower.
  CHECK(counted >= last / 100 - 1);
  CHECK(counted < last);
}

}  // namespace
}  // namespace certwatch
