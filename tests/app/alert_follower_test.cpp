#include "app/alert_follower.h"

#include <algorithm>

#include "support/catch.h"

namespace certwatch {
namespace {

AlertRow row(std::int64_t number, double changed_at, bool resolved = false) {
  AlertRow one;
  one.row = number;
  one.changed_at = changed_at;
  one.resolved = resolved;
  return one;
}

// What a store holds, asked as the command asks it.
class Archive {
 public:
  void judge(std::int64_t number, double at) { rows_.push_back(row(number, at)); }
  void resolve(std::int64_t number, double at) {
    std::erase_if(rows_, [number](const AlertRow& one) { return one.row == number; });
    rows_.push_back(row(number, at, true));
  }
  // The rows that are shown until there is nothing more: their number, negative where resolved.
  std::vector<std::int64_t> follow(AlertFollower& follower) {
    std::vector<std::int64_t> shown;
    do {
      for (const AlertRow& one : follower.news(judged_since(follower.since(), follower.most()))) {
        shown.push_back(one.resolved ? -one.row : one.row);
      }
    } while (follower.has_more());
    return shown;
  }

 private:
  std::vector<AlertRow> judged_since(double changed_at, std::size_t most) {
    std::stable_sort(rows_.begin(), rows_.end(), [](const AlertRow& one, const AlertRow& other) {
      return one.changed_at < other.changed_at;
    });
    std::vector<AlertRow> all;
    for (const AlertRow& one : rows_) {
      if (one.changed_at >= changed_at && all.size() < most) all.push_back(one);
    }
    return all;
  }

  std::vector<AlertRow> rows_;
};

using Shown = std::vector<std::int64_t>;

TEST_CASE("what was judged is shown once, what comes later then") {
  Archive archive;
  AlertFollower follower(0);
  archive.judge(1, 1000);
  archive.judge(2, 1001);
  CHECK(archive.follow(follower) == Shown{1, 2});
  CHECK(archive.follow(follower).empty());
  archive.judge(3, 1005);
  CHECK(archive.follow(follower) == Shown{3});
  CHECK(archive.follow(follower).empty());
}

TEST_CASE("what is committed out of order is not missed") {
  Archive archive;
  AlertFollower follower(0);
  archive.judge(7, 2000);
  CHECK(archive.follow(follower) == Shown{7});
  archive.judge(6, 1970);
  archive.judge(8, 1941);
  CHECK(archive.follow(follower) == Shown{8, 6});
  CHECK(archive.follow(follower).empty());
}

TEST_CASE("a resolution is shown, also of an alert that was shown long ago") {
  Archive archive;
  AlertFollower follower(0);
  archive.judge(1, 1000);
  CHECK(archive.follow(follower) == Shown{1});
  archive.judge(2, 90'000);
  CHECK(archive.follow(follower) == Shown{2});
  archive.resolve(1, 90'010);
  CHECK(archive.follow(follower) == Shown{-1});
  CHECK(archive.follow(follower).empty());
}

TEST_CASE("what was judged before the beginning is not shown, and is when it is resolved") {
  Archive archive;
  AlertFollower follower(5000);
  archive.judge(1, 4999);
  archive.judge(2, 5000);
  CHECK(archive.follow(follower) == Shown{2});
  archive.judge(3, 4998);
  CHECK(archive.follow(follower).empty());
  archive.resolve(1, 5030);
  CHECK(archive.follow(follower) == Shown{-1});
}

TEST_CASE("more than an answer holds is shown whole, each once") {
  Archive archive;
  AlertFollower follower(0);
  const std::size_t rows = 3 * follower.most() + 17;
  for (std::size_t i = 0; i < rows; ++i) {
    archive.judge(static_cast<std::int64_t>(i), 1000 + static_cast<double>(i) / 100);
  }
  const Shown shown = archive.follow(follower);
  REQUIRE(shown.size() == rows);
  CHECK(std::is_sorted(shown.begin(), shown.end()));
  // All of them lie within what the next question goes back.
  CHECK(archive.follow(follower).empty());
  archive.judge(99'999, 1001);
  CHECK(archive.follow(follower) == Shown{99'999});
}

TEST_CASE("more than an answer holds, judged at one time, is shown whole") {
  Archive archive;
  AlertFollower follower(0);
  const std::size_t rows = 2 * follower.most() + 5;
  for (std::size_t i = 0; i < rows; ++i) archive.judge(static_cast<std::int64_t>(i), 1000);
  CHECK(archive.follow(follower).size() == rows);
  archive.judge(99'999, 1001);
  CHECK(archive.follow(follower) == Shown{99'999});
}

}  // namespace
}  // namespace certwatch
