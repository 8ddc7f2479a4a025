// Which alerts `alerts --follow` has not shown yet.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "record/alert_archive.h"

namespace certwatch {

// Goes through the answers of AlertArchive::judged_since(), and says what is news: an alert when
// its verdict falls, and once more when it is resolved. A verdict that is being committed may turn
// up after a later one. So each question goes back a while behind the last answer, and what has
// been shown is remembered for that long.
class AlertFollower {
 public:
  // How far a question goes back. Longer than a call of the store lasts.
  static constexpr double overlap = 60;

  // Shows what was judged or resolved at or after this Unix time.
  explicit AlertFollower(double since) : first_(since), ask_since_(since), latest_(since) {}

  // The arguments of the next question.
  double since() const { return ask_since_; }
  std::size_t most() const { return most_; }
  // There was more than one answer holds: the next question may follow at once.
  bool has_more() const { return has_more_; }

  // The answer, by changed_at; returns what is news.
  std::vector<AlertRow> news(const std::vector<AlertRow>& answer);

 private:
  void plan_next_question(const std::vector<AlertRow>& answer);
  void forget_old();

  const double first_;
  double ask_since_;
  double latest_;  // changed_at of the last row that has been shown
  std::size_t most_ = 1000;
  bool has_more_ = false;
  // By row and whether it was resolved: changed_at.
  std::map<std::pair<std::int64_t, bool>, double> shown_;
};

}  // namespace certwatch
