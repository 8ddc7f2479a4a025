// Puts matches on record, and gives the verdicts.
//
// Order of things: a match is recorded before anything else happens with it; what cannot be
// recorded now is tried again until it can, while later matches wait in the bounded queue. What the
// database cuts short is tried in ever smaller batches, and what takes too long even by itself is
// set aside and tried now and then, so that no alert waits for another. Verdicts fall in the
// database (record/alert_store.h), so a restart or a second replica changes nothing.
#pragma once

#include <functional>
#include <ostream>
#include <stop_token>
#include <vector>

#include "base/backoff.h"
#include "base/life_sign.h"
#include "base/log.h"
#include "classify/issuance.h"
#include "metrics/metrics.h"
#include "pipeline/recent_issuances.h"
#include "pipeline/store_health.h"
#include "pipeline/watcher.h"
#include "record/alert_store.h"

namespace certwatch {

class Judge {
 public:
  struct Options {
    JudgeOptions verdict;
    Seconds resolve_window{86400};  // 0: late inventory resolves nothing
    // How long after the stop is asked for what is in the queue may still take to be recorded.
    Seconds farewell{2.5};
  };
  struct Parts {
    AlertStore& store;
    MatchQueue& queue;
    Metrics& metrics;
    StoreHealth& health;
    log::Damper& damper;
    const Clock& clock;
    LifeSign& life;
    // Deliveries may have become due.
    std::function<void()> verdicts_fell;
    // Takes what could not be recorded before the end, a JSON object a line.
    std::ostream& lost_and_found;
  };
  Judge(Options options, Parts parts);

  // Until a stop is asked for; then records what is queued, or writes it to lost_and_found. Returns
  // how many matches it had to write there.
  std::size_t run(std::stop_token stop);

 private:
  struct Candidate {
    NewAlert alert;
    std::string sans;  // JSON array of those that matched, for the log
    SteadyTime received;
  };

  enum class Outcome { done, trouble, too_slow };

  void turn(std::stop_token stop);
  Seconds until_next_duty() const;
  std::vector<Candidate> candidates(std::vector<Match> matches);
  std::optional<Candidate> candidate(const Match& match);
  void record_until_done(std::vector<Candidate> batch, std::stop_token stop);
  Outcome record_first(std::size_t most);
  Outcome record_once(std::vector<Candidate>& batch);
  bool set_aside();
  void retry_set_aside();
  void settle_refused(std::vector<Candidate>& batch);
  void note_recorded(const Candidate& candidate, const Recorded& recorded);
  void warn_of_reduced(const Recorded& recorded);
  void note_verdict(const Verdict& verdict, const char* what);
  void do_duties();
  void judge_due();
  void resolve_late();
  std::size_t farewell();
  bool record_at_last(SteadyTime deadline);
  void spill(const Candidate& candidate);

  const Options options_;
  const Parts parts_;
  RecentIssuances recent_;
  Backoff backoff_;
  std::vector<Candidate> unrecorded_;
  // Too slow by themselves.
  std::vector<Candidate> set_aside_;
  bool recorded_since_retry_ = false;
  SteadyTime next_retry_;
  SteadyTime next_judgement_;
  SteadyTime next_resolution_;
};

}  // namespace certwatch
