// Gives the verdicts that time brings: at the end of a grace window, and where a suspicious
// certificate turns up in the inventory late.
//
// It asks for both again and again. So verdicts also fall for what another process has recorded, or
// this one before a restart. If one row holds up the others (somebody keeps it locked), the work is
// done row by row, and that row is tried again in the next round.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "base/backoff.h"
#include "base/life_sign.h"
#include "metrics/metrics.h"
#include "pipeline/ledger_change.h"
#include "pipeline/store_health.h"

namespace certwatch {

class Arbiter {
 public:
  struct Options {
    Seconds grace{10};
    std::vector<Destination> destinations = {};  // of this process
    Seconds resolve_window{86400};               // 0: late inventory resolves nothing
  };
  struct Parts {
    LedgerStore& store;  // its own
    Metrics& metrics;
    StoreHealth& health;
    const Clock& clock;
    LifeSign& life;
    // Verdicts have fallen: deliveries may be due.
    std::function<void()> verdicts_fell;
  };
  Arbiter(Options options, Parts parts);

  void run(std::stop_token stop);

  // From any thread: a grace window ends at this time.
  void expect(SteadyTime end);

 private:
  // What happens to a row.
  using Event = void (ledger::Ledger::*)(std::int64_t);

  // False where a stop was asked for.
  bool wait_for_work(std::stop_token stop);
  bool is_judgement_due();
  void judge_next_at(SteadyTime time);
  void judge_overdue(std::stop_token stop);
  void resolve_late(std::stop_token stop);
  StoreResult<bool> resolve_page(std::stop_token stop);
  StoreResult<std::vector<IssuanceRow>> ours_by_now(const std::vector<IssuanceRow>& rows);
  StoreResult<void> happen(Event event, std::span<const IssuanceRow> rows, std::stop_token stop);
  StoreResult<void> happen_together(Event event, std::span<const IssuanceRow> rows);

  const Options options_;
  const Parts parts_;
  const ledger::Rules rules_;
  Backoff backoff_;
  SteadyTime next_resolution_;
  std::int64_t looked_up_to_ = 0;  // the next page of unresolved rows begins behind this row

  std::mutex mutex_;
  std::condition_variable_any changed_;
  SteadyTime next_judgement_;
};

}  // namespace certwatch
