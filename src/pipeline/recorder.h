// Puts matches on record.
//
// A match is on record before anything else happens with it. If the database is away, the recorder
// tries again until it is back, and later matches wait in the bounded queue. If the database
// refuses a batch, or is too slow for it, the matches of the batch are recorded one by one. A match
// that is too slow by itself (for example, its row is locked) is set aside, and so is every later
// one that shares an identity with it. They are tried again every few seconds, and the others go
// on. Some verdicts fall with an arrival. All others are the arbiter's.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/life_sign.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "pipeline/ledger_change.h"
#include "pipeline/recent_issuances.h"
#include "pipeline/store_health.h"
#include "pipeline/watcher.h"

namespace certwatch {

class Recorder {
 public:
  struct Options {
    Seconds grace{10};
    std::vector<Destination> destinations = {};  // of this process
    // How long the recorder may go on recording what is in the queue after a stop is asked for.
    Seconds farewell{2.5};
  };
  struct Parts {
    LedgerStore& store;
    MatchQueue& queue;
    Metrics& metrics;
    StoreHealth& health;
    log::Damper& damper;
    const Clock& clock;
    LifeSign& life;
    // Verdicts have fallen: deliveries may be due.
    std::function<void()> verdicts_fell;
    // A verdict will fall at this time.
    std::function<void(SteadyTime)> verdict_expected;
    // Takes what could not be recorded, a JSON object with its newline.
    std::function<void(std::string)> lost_and_found;
  };
  Recorder(Options options, Parts parts);

  // Until a stop is asked for. Then records what is queued, or writes it to lost_and_found. Returns
  // how many matches it had to write there.
  std::size_t run(std::stop_token stop);

 private:
  struct Candidate {
    ledger::Arrival arrival;
    std::string sans;  // JSON array of those that matched, for the log
    SteadyTime received;
  };
  // No more is to be tried now.
  using Enough = std::function<bool()>;
  enum class Alone { settled, too_slow, trouble };

  void turn(std::stop_token stop);
  std::vector<Candidate> candidates(std::vector<Match> matches);
  std::optional<Candidate> candidate(const Match& match);
  void record_until_done(std::stop_token stop);
  void record_unrecorded(const Enough& enough);
  bool record_or_set_aside(Candidate& one);
  Alone record_alone(Candidate& one);
  std::optional<StoreError::Kind> record(std::span<const Candidate> batch);
  std::optional<StoreError::Kind> record_barest(Candidate& one);
  bool is_held_up(const Candidate& one) const;
  bool set_aside(Candidate& one);
  void retry_set_aside();
  void lose(const Candidate& one);
  void note(std::span<const Candidate> batch, std::span<const ledger::Recorded> recorded,
            const LedgerChange& change);
  void note_arrival(const Candidate& one, const ledger::Recorded& recorded, std::int64_t row);
  std::size_t farewell();
  bool record_at_last(SteadyTime deadline);
  std::size_t spill_all(const std::vector<Candidate>& unrecorded);
  void spill(const Candidate& one);

  const Options options_;
  const Parts parts_;
  const ledger::Rules rules_;
  RecentIssuances recent_;
  Backoff backoff_;
  std::vector<Candidate> unrecorded_;
  std::deque<Candidate> set_aside_;
  SteadyTime next_retry_;
};

}  // namespace certwatch
