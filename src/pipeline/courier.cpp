#include "pipeline/courier.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "base/pause.h"
#include "notify/alert_payload.h"

namespace certwatch {
namespace {

// How often the store is asked although nobody woke us: for the deliveries of other replicas that
// died, and of our own former life.
constexpr Seconds poll_interval{1};
constexpr std::chrono::seconds give_up_interval{1};
// How often verdicts of processes that deliver nothing are looked for; longer where looking takes
// its time (schema.sql of an earlier version: no index for it).
constexpr std::chrono::seconds adoption_interval{3};
constexpr int adoption_rest = 20;
// Beyond the attempt's own bound, before a lease runs out.
constexpr Seconds lease_reserve{5};
constexpr std::chrono::milliseconds settle_again_after{200};

}  // namespace

Courier::Courier(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      damper_(parts_.clock, 20),
      started_(parts_.clock.steady_now()),
      next_give_up_(started_),
      next_adoption_(started_ + adoption_interval) {}

Courier::~Courier() = default;

void Courier::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Courier::run(std::stop_token stop, LifeSign& life) {
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::jthread> threads;
  try {
    for (const auto& notifier : parts_.notifiers) {
      auto& sign = parts_.life_signs.add("courier " + std::to_string(workers.size() + 1));
      workers.push_back(std::make_unique<Worker>(
          Worker{*notifier, sign, std::minstd_rand(std::random_device{}())}));
      threads.emplace_back([this, &worker = *workers.back()] { work(worker); });
    }
  } catch (const std::system_error& error) {
    end_workers();  // those there are would be waited for for ever
    throw std::runtime_error(std::string("no thread to be had for a worker: ") + error.what());
  }
  while (!stop.stop_requested()) {
    life.show();
    dispatch(stop);
  }
  end_workers();
}

// One round: wait for something to do and somebody to do it, claim, hand over.
void Courier::dispatch(std::stop_token stop) {
  const std::size_t idle = wait_for_work(until_next_claim(), stop);
  if (stop.stop_requested() || idle == 0) return;
  if (parts_.clock.steady_now() >= next_give_up_) give_up_old();
  if (parts_.clock.steady_now() >= next_adoption_) adopt();
  auto claimed = parts_.queue.claim(idle, options_.timeout + lease_reserve);
  if (!claimed) {
    parts_.health.failed("claiming deliveries", claimed.error());
    pause(settle_again_after, stop);
    return;
  }
  parts_.health.answered();
  const bool more_is_due = claimed->size() == idle;
  hand_over(std::move(*claimed), more_is_due);
}

// Returns how many deliveries may be claimed; 0: none, or nobody is free to post them.
std::size_t Courier::wait_for_work(Seconds patience, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, to_nanoseconds(patience),
                    [this] { return woken_ && idle_workers() > 0 && unsettled_ == 0; });
  const std::size_t idle = unsettled_ == 0 ? idle_workers() : 0;
  // Whoever becomes idle first will have to claim.
  if (idle == 0) more_is_due_ = more_is_due_ || woken_;
  woken_ = false;
  return idle;
}

void Courier::hand_over(std::vector<Delivery> claimed, bool more_is_due) {
  const std::size_t count = claimed.size();
  {
    const std::lock_guard lock(mutex_);
    busy_ += count;
    for (Delivery& delivery : claimed) handed_over_.push_back(std::move(delivery));
    more_is_due_ = more_is_due;
    woken_ = woken_ || more_is_due;
  }
  for (std::size_t i = 0; i < count; ++i) work_.notify_one();
}

Seconds Courier::until_next_claim() {
  {
    const std::lock_guard lock(mutex_);
    // A worker that becomes idle wakes us.
    if (idle_workers() == 0 || unsettled_ > 0) return poll_interval;
    if (woken_) return Seconds{0};
  }
  const auto due_in = parts_.queue.next_due_in();
  if (!due_in || !*due_in) return poll_interval;
  // Not at once: another replica may just be claiming what is due now.
  constexpr Seconds shortest_wait{0.02};
  return std::clamp(**due_in, shortest_wait, poll_interval);
}

std::size_t Courier::idle_workers() const {
  return parts_.notifiers.size() - std::min(parts_.notifiers.size(), busy_);
}

void Courier::give_up_old() {
  next_give_up_ = parts_.clock.steady_now() + give_up_interval;
  const auto given_up = parts_.queue.give_up_older_than(options_.max_age);
  if (!given_up) {
    parts_.health.failed("giving up old deliveries", given_up.error());
    return;
  }
  for (const Delivery& delivery : *given_up) log_given_up(delivery, "too old");
}

void Courier::adopt() {
  const SteadyTime begun = parts_.clock.steady_now();
  const auto adopted = parts_.queue.adopt(begun - started_);
  const SteadyTime ended = parts_.clock.steady_now();
  next_adoption_ =
      ended + std::max<SteadyTime::duration>(adoption_interval, adoption_rest * (ended - begun));
  if (!adopted) {
    parts_.health.failed("adopting deliveries", adopted.error());
  } else if (*adopted > 0) {
    log::warning("alerts judged by a process without WEBHOOK_URL are delivered by this one",
                 {{"alerts", *adopted}});
  }
}

void Courier::log_given_up(const Delivery& delivery, const char* why) {
  parts_.metrics.deliveries_abandoned.Increment();
  log::error("delivery given up", {{"why", why},
                                   {"alert", delivery.row},
                                   {"id", delivery.event_id},
                                   {"attempts", delivery.attempt},
                                   {"matched", delivery.matched}});
}

void Courier::work(Worker& worker) {
  while (const auto delivery = next(worker)) {
    const bool delivered = attempt(worker, *delivery);
    {
      const std::lock_guard lock(mutex_);
      --busy_;
      // A failed one is due again, perhaps before anything else.
      woken_ = woken_ || more_is_due_ || !delivered;
    }
    changed_.notify_all();
  }
  worker.life.end({});
}

std::optional<Delivery> Courier::next(Worker& worker) {
  constexpr std::chrono::seconds between_signs{10};
  std::unique_lock lock(mutex_);
  for (;;) {
    worker.life.show();
    work_.wait_for(lock, between_signs, [this] { return ending_ || !handed_over_.empty(); });
    if (ending_) return std::nullopt;
    if (handed_over_.empty()) continue;
    Delivery delivery = std::move(handed_over_.front());
    handed_over_.pop_front();
    return delivery;
  }
}

bool Courier::attempt(Worker& worker, const Delivery& delivery) {
  worker.life.show(options_.timeout);
  const SteadyTime begun = parts_.clock.steady_now();
  const NotifyOutcome outcome = worker.notifier.post(delivery.event_id, event_body(delivery));
  const Seconds took = parts_.clock.steady_now() - begun;
  parts_.metrics.webhook_duration.Observe(took.count());
  const bool delivered = std::holds_alternative<Delivered>(outcome);
  (delivered ? parts_.metrics.webhook_success : parts_.metrics.webhook_failure).Increment();
  settle(worker, delivery, settlement_after(worker, delivery, outcome));
  return delivered;
}

Settlement Courier::settlement_after(Worker& worker, const Delivery& delivery,
                                     const NotifyOutcome& outcome) {
  if (std::holds_alternative<Delivered>(outcome)) {
    log::info("alert delivered", {{"alert", delivery.row},
                                  {"id", delivery.event_id},
                                  {"severity", word(delivery.severity)},
                                  {"attempt", delivery.attempt}});
    return {Settlement::Kind::delivered, {}, {}};
  }
  const auto& failed = std::get<RetryLater>(outcome);
  if (is_ending()) {
    return {Settlement::Kind::retry_after, Seconds{0}, "shut down while it was sent"};
  }
  const double jitter = std::uniform_real_distribution<double>(0, 1)(worker.random);
  const auto delay =
      next_attempt_in(delivery.attempt, options_.schedule, failed.retry_after, jitter);
  if (const auto ruling = damper_.rule("attempt failed"); ruling.pass) {
    log::warning("webhook attempt failed", {{"alert", delivery.row},
                                            {"id", delivery.event_id},
                                            {"attempt", delivery.attempt},
                                            {"why", failed.why},
                                            {"next_in_s", delay ? delay->count() : 0.0},
                                            {"more_like_it", ruling.held_back}});
  }
  if (delay) return {Settlement::Kind::retry_after, *delay, failed.why};
  log_given_up(delivery, "the last attempt failed");
  return {Settlement::Kind::given_up, {}, failed.why};
}

// Until the database takes it, or the process ends: then the lease runs out, and the receiver sees
// the same id once more.
void Courier::settle(Worker& worker, const Delivery& delivery, const Settlement& settlement) {
  bool is_unsettled = false;
  for (;;) {
    worker.life.show();
    const auto settled = parts_.queue.settle(delivery, settlement);
    std::unique_lock lock(mutex_);
    if (settled) {
      if (is_unsettled) --unsettled_;
      return;
    }
    parts_.health.failed("settling a delivery", settled.error());
    if (settled.error().kind == StoreError::Kind::refused) {
      // Never to be taken: better this one again when its lease is over than no other any more.
      if (is_unsettled) --unsettled_;
      return;
    }
    if (!is_unsettled) ++unsettled_;
    is_unsettled = true;
    changed_.wait_for(lock, settle_again_after, [this] { return ending_; });
    if (ending_) return;
  }
}

// Then a failed attempt was cancelled by us: no failure of the receiver's, and so never the last.
bool Courier::is_ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

// Attempts under way get the farewell's time, then are cancelled; what was handed over and not
// begun is due again at once, for whoever comes next.
void Courier::end_workers() {
  std::deque<Delivery> not_begun;
  {
    const std::lock_guard lock(mutex_);
    not_begun.swap(handed_over_);
    busy_ -= not_begun.size();
  }
  for (const Delivery& delivery : not_begun) {
    const auto settled = parts_.queue.settle(
        delivery, {Settlement::Kind::retry_after, Seconds{0}, "shut down before it was sent"});
    if (!settled) break;  // the leases run out by themselves
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, to_nanoseconds(options_.farewell), [this] { return busy_ == 0; });
  ending_ = true;
  lock.unlock();
  for (const auto& notifier : parts_.notifiers) notifier->cancel();
  changed_.notify_all();
  work_.notify_all();
}

}  // namespace certwatch
