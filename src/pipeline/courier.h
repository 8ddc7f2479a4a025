// Brings to one destination what is due there.
//
// One dispatcher claims as many deliveries as there are idle workers, and no more. So there is a
// lease only on what is being sent. Each worker has its notifier make one attempt, and settles it.
// If the database does not take a settlement, the worker tries again. Meanwhile nothing new is
// claimed. So if the database goes away between the receiver's answer and its record, nothing is
// sent twice. A settlement is let go if the database refuses it, or if the lease runs out first.
// Then the receiver sees the same id once more.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/life_sign.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "notify/notifier.h"
#include "pipeline/delivery_schedule.h"
#include "pipeline/store_health.h"
#include "record/delivery_store.h"

namespace certwatch {

class Courier {
 public:
  struct Options {
    std::string destination;
    DeliverySchedule schedule;
    Seconds timeout{10};  // of one attempt
    Seconds farewell{2};  // what an attempt under way gets when a stop is asked for
  };
  struct Parts {
    DeliveryStore& store;  // its own
    // One worker each.
    std::vector<std::unique_ptr<Notifier>> notifiers;
    AttemptMetrics attempts;
    Metrics& metrics;
    StoreHealth& health;
    const Clock& clock;
    LifeSigns& life_signs;
    LifeSign& life;
  };
  Courier(Options options, Parts parts);
  ~Courier();

  // The dispatcher's thread; starts and ends the workers. Returns when a stop is asked for and the
  // attempts under way have ended or been cancelled. Throws what a worker threw.
  void run(std::stop_token stop);

  // From any thread: something may have become due.
  void wake();

 private:
  struct Worker {
    Notifier& notifier;
    LifeSign& life;
    std::minstd_rand random;
  };

  void start_workers();
  void dispatch(std::stop_token stop);
  std::size_t wait_for_work(Seconds patience, std::stop_token stop);
  void hand_over(std::vector<Delivery> claimed, bool more_is_due);
  Seconds until_next_claim();
  Seconds lease() const;
  std::size_t idle_workers() const;
  void work(Worker& worker);
  std::optional<Delivery> next(Worker& worker);
  // True where it was delivered.
  bool attempt(Worker& worker, const Delivery& delivery);
  Settlement settlement_after(Worker& worker, const Delivery& delivery,
                              const NotifyOutcome& outcome);
  void settle(Worker& worker, const Delivery& delivery, const Settlement& settlement);
  bool is_ending() const;
  bool has_died() const;
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
  std::size_t unsettled_ = 0;  // of these, how many wait for the database to come back
  bool woken_ = false;
  bool more_is_due_ = false;  // more, as far as is known, than could be claimed
  bool ending_ = false;
  std::string death_;  // what a worker threw; empty: nothing

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::jthread> threads_;
};

}  // namespace certwatch
