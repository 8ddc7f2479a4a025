#include "pipeline/arbiter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/uuid.h"
#include "pipeline/alert_log.h"

namespace certwatch {
namespace {

// Soft limit: rows that one transaction holds locks for.
constexpr std::size_t rows_at_once = 200;
constexpr std::chrono::milliseconds judgement_interval{500};
constexpr std::chrono::seconds resolution_interval{2};
// How long a look for late inventory may take before verdicts have their turn.
constexpr std::chrono::milliseconds longest_look{500};
constexpr BackoffLimits store_backoff{std::chrono::milliseconds(100),
                                      std::chrono::milliseconds(5000)};
constexpr const char* judging = "judging alerts";
constexpr const char* resolving = "looking for late inventory";

// May the others get through without the row that this is about?
bool is_about_some_row(const StoreError& error) {
  return error.kind == StoreError::Kind::too_slow || error.kind == StoreError::Kind::refused;
}

Identities identities_of(std::span<const IssuanceRow> rows) {
  Identities all;
  for (const IssuanceRow& row : rows) all.add(row);
  return all;
}

tl::unexpected<StoreError> inventory_is_silent() {
  return store_failure(StoreError::Kind::unavailable, "the inventory does not answer");
}

}  // namespace

Arbiter::Arbiter(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      rules_{options.grace, random_uuid, options.destinations},
      backoff_(store_backoff,
               static_cast<std::uint32_t>(parts_.clock.system_now().time_since_epoch().count())),
      next_resolution_(parts_.clock.steady_now()),
      next_judgement_(next_resolution_) {}

void Arbiter::run(std::stop_token stop) {
  while (wait_for_work(stop)) {
    parts_.life.show();
    if (is_judgement_due()) judge_overdue(stop);
    if (parts_.clock.steady_now() >= next_resolution_) resolve_late(stop);
  }
}

void Arbiter::expect(SteadyTime end) {
  {
    const std::lock_guard lock(mutex_);
    if (end >= next_judgement_) return;
    next_judgement_ = end;
  }
  changed_.notify_all();
}

bool Arbiter::wait_for_work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const SteadyTime planned = next_judgement_;
  const SteadyTime next = std::min(planned, next_resolution_);
  changed_.wait_for(lock, stop, next - parts_.clock.steady_now(),
                    [&] { return next_judgement_ < planned; });
  return !stop.stop_requested();
}

bool Arbiter::is_judgement_due() {
  const std::lock_guard lock(mutex_);
  return parts_.clock.steady_now() >= next_judgement_;
}

void Arbiter::judge_next_at(SteadyTime time) {
  const std::lock_guard lock(mutex_);
  next_judgement_ = time;
}

void Arbiter::judge_overdue(std::stop_token stop) {
  judge_next_at(parts_.clock.steady_now() + judgement_interval);
  const auto overdue = parts_.store.pick_overdue(rows_at_once);
  const auto judged = overdue ? happen(&ledger::Ledger::grace_over, *overdue, stop)
                              : StoreResult<void>(tl::unexpected(overdue.error()));
  if (!judged) {
    parts_.health.failed_to_record(judging, judged.error());
    judge_next_at(parts_.clock.steady_now() + backoff_.next());
    return;
  }
  parts_.health.recorded(judging);
  backoff_.reset();
  if (overdue->size() >= rows_at_once) judge_next_at(parts_.clock.steady_now());
}

void Arbiter::resolve_late(std::stop_token stop) {
  const SteadyTime begin = parts_.clock.steady_now();
  next_resolution_ = begin + resolution_interval;
  if (options_.resolve_window <= Seconds{0}) return;
  bool is_more = true;
  while (is_more && !stop.stop_requested() && parts_.clock.steady_now() <= begin + longest_look) {
    parts_.life.show();
    const auto page = resolve_page(stop);
    if (!page) return parts_.health.failed(resolving, page.error());
    is_more = *page;
  }
}

// True where there are more rows. What goes wrong is tried again when their turn comes again.
StoreResult<bool> Arbiter::resolve_page(std::stop_token stop) {
  const auto rows =
      parts_.store.pick_unresolved(options_.resolve_window, looked_up_to_, rows_at_once);
  if (!rows) return tl::unexpected(rows.error());
  const bool is_more = rows->size() >= rows_at_once;
  looked_up_to_ = is_more ? rows->back().id : 0;
  const auto ours = ours_by_now(*rows);
  if (!ours) return tl::unexpected(ours.error());
  const auto resolved = happen(&ledger::Ledger::look_again, *ours, stop);
  if (!resolved) return tl::unexpected(resolved.error());
  return is_more;
}

// Most of the time none is. That is found out without locks.
StoreResult<std::vector<IssuanceRow>> Arbiter::ours_by_now(const std::vector<IssuanceRow>& rows) {
  std::vector<IssuanceRow> ours;
  if (rows.empty()) return ours;
  auto snapshot = parts_.store.look(identities_of(rows));
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (!snapshot->inventory_answered) return inventory_is_silent();
  ledger::Ledger ledger(std::move(*snapshot), rules_);
  for (const IssuanceRow& row : rows) ledger.look_again(row.id);
  const auto& resolutions = ledger.resolutions();
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(ours), [&](const IssuanceRow& row) {
    return std::any_of(resolutions.begin(), resolutions.end(),
                       [&row](const Verdict& one) { return one.row == row.id; });
  });
  return ours;
}

// Together, or one by one where one of them holds up the others. Fails where it did not happen to
// all of them.
StoreResult<void> Arbiter::happen(Event event, std::span<const IssuanceRow> rows,
                                  std::stop_token stop) {
  if (rows.empty()) return {};
  const auto together = happen_together(event, rows);
  if (together || !is_about_some_row(together.error()) || rows.size() == 1) return together;
  StoreResult<void> outcome;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (stop.stop_requested()) return together;
    const auto one = happen_together(event, rows.subspan(i, 1));
    if (!one) outcome = one;
    if (!one && !is_about_some_row(one.error())) break;
  }
  return outcome;
}

StoreResult<void> Arbiter::happen_together(Event event, std::span<const IssuanceRow> rows) {
  parts_.life.show();
  const auto change =
      change_ledger(parts_.store, identities_of(rows), rules_, [&](ledger::Ledger& ledger) {
        for (const IssuanceRow& row : rows) (ledger.*event)(row.id);
      });
  if (!change) return tl::unexpected(change.error());
  for (const Verdict& verdict : change->verdicts) note_verdict(verdict, parts_.metrics);
  for (const Verdict& verdict : change->resolutions) note_resolution(verdict, parts_.metrics);
  if (!change->verdicts.empty() || !change->resolutions.empty()) parts_.verdicts_fell();
  if (!change->inventory_answered) return inventory_is_silent();
  return {};
}

}  // namespace certwatch
