#include "app/alert_follower.h"

#include <algorithm>

namespace certwatch {

std::vector<AlertRow> AlertFollower::news(const std::vector<AlertRow>& answer) {
  std::vector<AlertRow> fresh;
  for (const AlertRow& row : answer) {
    latest_ = std::max(latest_, row.changed_at);
    if (shown_.emplace(std::pair(row.row, row.resolved), row.changed_at).second) {
      fresh.push_back(row);
    }
  }
  plan_next_question(answer);
  forget_old();
  return fresh;
}

void AlertFollower::plan_next_question(const std::vector<AlertRow>& answer) {
  has_more_ = answer.size() >= most_;
  if (!has_more_) {
    ask_since_ = std::max(first_, latest_ - overlap);
    return;
  }
  // Where all of them were judged at one time, the rest can only be had with more at once.
  if (answer.back().changed_at <= ask_since_) most_ *= 2;
  ask_since_ = answer.back().changed_at;
}

void AlertFollower::forget_old() {
  std::erase_if(shown_, [this](const auto& one) { return one.second < latest_ - overlap; });
}

}  // namespace certwatch
