#include "pipeline/courier.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/pause.h"
#include "pipeline/alert_log.h"

namespace certwatch {
namespace {

// How often the store is asked although nobody woke us: for the deliveries of other replicas that
// died, and of our own former life.
constexpr Seconds poll_interval{1};
// Beyond the attempt's own bound, before a lease runs out.
constexpr Seconds lease_reserve{5};
constexpr std::chrono::milliseconds settle_again_after{200};

}  // namespace

Courier::Courier(Options options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)), damper_(parts_.clock, 20) {}

Courier::~Courier() = default;

void Courier::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Courier::run(std::stop_token stop) {
  try {
    start_workers();
    while (!stop.stop_requested() && !has_died()) {
      parts_.life.show();
      dispatch(stop);
    }
  } catch (...) {
    end_workers();  // those there are would be waited for for ever
    throw;
  }
  end_workers();
  if (has_died()) throw std::runtime_error(death_);
}

void Courier::start_workers() {
  for (const auto& notifier : parts_.notifiers) {
    auto& sign =
        parts_.life_signs.add(parts_.life.name() + " " + std::to_string(workers_.size() + 1));
    workers_.push_back(std::make_unique<Worker>(
        Worker{*notifier, sign, std::minstd_rand(std::random_device{}())}));
    try {
      threads_.emplace_back([this, &worker = *workers_.back()] { work(worker); });
    } catch (const std::system_error& error) {
      throw std::runtime_error("no thread to be had for " + sign.name() + ": " + error.what());
    }
  }
}

// One round: wait for something to do and somebody to do it, claim, hand over.
void Courier::dispatch(std::stop_token stop) {
  const std::size_t idle = wait_for_work(until_next_claim(), stop);
  if (stop.stop_requested() || idle == 0) return;
  auto claimed = parts_.store.claim(options_.destination, idle, lease());
  if (!claimed) {
    parts_.health.failed("claiming deliveries", claimed.error());
    pause(settle_again_after, stop);
    return;
  }
  parts_.health.answered();
  const bool more_is_due = claimed->size() == idle;
  hand_over(std::move(*claimed), more_is_due);
}

// Returns how many deliveries may be claimed; 0: none, or nobody is free to send them.
std::size_t Courier::wait_for_work(Seconds patience, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, to_nanoseconds(patience), [this] {
    return !death_.empty() || (woken_ && idle_workers() > 0 && unsettled_ == 0);
  });
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
  const auto due_in = parts_.store.next_due_in(options_.destination);
  if (!due_in || !*due_in) return poll_interval;
  // Not at once: another replica may just be claiming what is due now.
  constexpr Seconds shortest_wait{0.02};
  return std::clamp(**due_in, shortest_wait, poll_interval);
}

std::size_t Courier::idle_workers() const {
  return parts_.notifiers.size() - std::min(parts_.notifiers.size(), busy_);
}

Seconds Courier::lease() const {
  return options_.timeout + lease_reserve;
}

// A worker that dies takes the service with it: run() throws what it died of.
void Courier::work(Worker& worker) {
  std::string death;
  while (const auto delivery = next(worker)) {
    bool delivered = false;
    try {
      delivered = attempt(worker, *delivery);
    } catch (const std::exception& error) {
      death = worker.life.name() + ": " + error.what();
    }
    {
      const std::lock_guard lock(mutex_);
      --busy_;
      // A failed one is due again, perhaps before anything else.
      woken_ = woken_ || more_is_due_ || !delivered;
      if (!death.empty()) death_ = death;
    }
    changed_.notify_all();
    if (!death.empty()) break;
  }
  worker.life.end(death);
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
  const NotifyOutcome outcome = worker.notifier.tell(delivery);
  const Seconds took = parts_.clock.steady_now() - begun;
  parts_.attempts.duration.Observe(took.count());
  const bool delivered = std::holds_alternative<Delivered>(outcome);
  (delivered ? parts_.attempts.success : parts_.attempts.failure).Increment();
  settle(worker, delivery, settlement_after(worker, delivery, outcome));
  return delivered;
}

Settlement Courier::settlement_after(Worker& worker, const Delivery& delivery,
                                     const NotifyOutcome& outcome) {
  if (std::holds_alternative<Delivered>(outcome)) {
    log::info("alert delivered", {{"alert", delivery.alert},
                                  {"destination", options_.destination},
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
    log::warning("delivery attempt failed", {{"alert", delivery.alert},
                                             {"destination", options_.destination},
                                             {"id", delivery.event_id},
                                             {"attempt", delivery.attempt},
                                             {"why", failed.why},
                                             {"next_in_s", delay ? delay->count() : 0.0},
                                             {"more_like_it", ruling.held_back}});
  }
  if (delay) return {Settlement::Kind::retry_after, *delay, failed.why};
  note_given_up(delivery, "the last attempt failed", parts_.metrics);
  return {Settlement::Kind::given_up, {}, failed.why};
}

// What is let go is claimed again when its lease has run out, and the receiver sees the same id
// once more: so it is where the process ends, and where it is this settlement that the database
// does not take.
void Courier::settle(Worker& worker, const Delivery& delivery, const Settlement& settlement) {
  const SteadyTime lease_end = parts_.clock.steady_now() + to_nanoseconds(lease());
  bool is_away = false;
  for (;;) {
    worker.life.show();
    const auto settled = parts_.store.settle(delivery, settlement);
    std::unique_lock lock(mutex_);
    if (is_away) --unsettled_;
    if (settled) return;
    parts_.health.failed("settling a delivery", settled.error());
    const StoreError::Kind kind = settled.error().kind;
    const bool is_too_slow = kind == StoreError::Kind::too_slow;
    if (kind == StoreError::Kind::refused) return;
    if (is_too_slow && parts_.clock.steady_now() >= lease_end) return;
    is_away = !is_too_slow;
    if (is_away) ++unsettled_;
    changed_.wait_for(lock, settle_again_after, [this] { return ending_; });
    if (ending_) return;
  }
}

// Then a failed attempt was cancelled by us: no failure of the receiver's, and so never the last.
bool Courier::is_ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

bool Courier::has_died() const {
  const std::lock_guard lock(mutex_);
  return !death_.empty();
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
    const auto settled = parts_.store.settle(
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
  threads_.clear();
}

}  // namespace certwatch
