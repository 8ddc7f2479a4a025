// Takes what is due to the webhook.
//
// One dispatcher claims as many deliveries as there are idle workers, and no more: a lease is held
// only by what is being posted. Each worker posts, then settles; a settlement that the database
// does not take is tried again until it does, and meanwhile nothing new is claimed, so that an
// outage between the receiver's 2xx and its record sends nothing twice. Only what the database
// refuses for good is let go: its lease runs out, and the receiver sees the same id once more.
// Where a process beside this one delivers nothing (it has no webhook), what that one has judged
// since this one started is delivered by this one; what was judged before is not.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <vector>

#include "base/life_sign.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "notify/notifier.h"
#include "pipeline/delivery_schedule.h"
#include "pipeline/store_health.h"
#include "record/delivery_queue.h"

namespace certwatch {

// Hard limit: connections to the webhook at one time.
inline constexpr std::size_t most_couriers = 8;

class Courier {
 public:
  struct Options {
    DeliverySchedule schedule;
    Seconds timeout{10};  // of one attempt
    Seconds max_age{0};   // from the verdict; older deliveries are given up
    Seconds farewell{2};  // what an attempt under way gets when a stop is asked for
  };
  struct Parts {
    DeliveryQueue& queue;
    // One worker each.
    std::vector<std::unique_ptr<Notifier>> notifiers;
    Metrics& metrics;
    StoreHealth& health;
    const Clock& clock;
    LifeSigns& life_signs;
  };
  Courier(Options options, Parts parts);
  ~Courier();

  // The dispatcher's thread; starts and ends the workers. Returns when a stop is asked for and the
  // attempts under way have ended or been cancelled.
  void run(std::stop_token stop, LifeSign& life);

  // From any thread: something may have become due.
  void wake();

 private:
  struct Worker {
    Notifier& notifier;
    LifeSign& life;
    std::minstd_rand random;
  };

  void dispatch(std::stop_token stop);
  std::size_t wait_for_work(Seconds patience, std::stop_token stop);
  void hand_over(std::vector<Delivery> claimed, bool more_is_due);
  Seconds until_next_claim();
  std::size_t idle_workers() const;
  void give_up_old();
  void adopt();
  void log_given_up(const Delivery& delivery, const char* why);
  void work(Worker& worker);
  std::optional<Delivery> next(Worker& worker);
  // True where it was delivered.
  bool attempt(Worker& worker, const Delivery& delivery);
  Settlement settlement_after(Worker& worker, const Delivery& delivery,
                              const NotifyOutcome& outcome);
  void settle(Worker& worker, const Delivery& delivery, const Settlement& settlement);
  bool is_ending() const;
  void end_workers();

  const Options options_;
  Parts parts_;
  log::Damper damper_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Workers wait for it: a delivery wakes one of them, not all.
  std::condition_variable work_;
  std::deque<Delivery> handed_over_;
  std::size_t busy_ = 0;       // deliveries claimed and not settled
  std::size_t unsettled_ = 0;  // of these, how many wait for the database to take the settlement
  bool woken_ = false;
  bool more_is_due_ = false;  // more, as far as is known, than could be claimed
  bool ending_ = false;
  const SteadyTime started_;
  SteadyTime next_give_up_;
  SteadyTime next_adoption_;
};

}  // namespace certwatch
