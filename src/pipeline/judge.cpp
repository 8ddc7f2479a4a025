#include "pipeline/judge.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json_text.h"
#include "base/pause.h"
#include "base/uuid.h"
#include "notify/alert_payload.h"

namespace certwatch {
namespace {

// Soft limits. A batch takes up to three advisory locks per alert, all held at once.
constexpr std::size_t largest_batch = 64;
constexpr std::size_t verdicts_at_once = 200;
// Beyond it, what is too slow holds up the others: by then it is the database that is slow.
constexpr std::size_t most_set_aside = 64;
constexpr std::chrono::seconds retry_interval{5};
// How often verdicts that this process does not know the time of are looked for: those of its
// former life and of other replicas.
constexpr std::chrono::milliseconds judgement_interval{500};
constexpr std::chrono::seconds resolution_interval{2};
constexpr BackoffLimits store_backoff{std::chrono::milliseconds(100),
                                      std::chrono::milliseconds(5000)};

std::optional<std::string> issuer_of(const Sighting& sighting) {
  for (const auto* name : {&sighting.issuer_aggregated, &sighting.issuer_o, &sighting.issuer_cn}) {
    if (*name && !(*name)->empty()) return json::storable_text(**name);
  }
  return std::nullopt;
}

}  // namespace

Judge::Judge(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      backoff_(store_backoff,
               static_cast<std::uint32_t>(parts_.clock.system_now().time_since_epoch().count())),
      next_retry_(parts_.clock.steady_now()),
      next_judgement_(parts_.clock.steady_now()),
      next_resolution_(parts_.clock.steady_now()) {}

std::size_t Judge::run(std::stop_token stop) {
  while (!stop.stop_requested()) turn(stop);
  return farewell();
}

void Judge::turn(std::stop_token stop) {
  parts_.life.show();
  auto matches = parts_.queue.take(largest_batch, to_nanoseconds(until_next_duty()), stop);
  parts_.metrics.match_queue_depth.Set(static_cast<double>(parts_.queue.size()));
  record_until_done(candidates(std::move(matches)), stop);
  if (!stop.stop_requested()) do_duties();
}

Seconds Judge::until_next_duty() const {
  const SteadyTime next = std::min(next_judgement_, next_resolution_);
  return (set_aside_.empty() ? next : std::min(next, next_retry_)) - parts_.clock.steady_now();
}

std::vector<Judge::Candidate> Judge::candidates(std::vector<Match> matches) {
  std::vector<Candidate> batch;
  batch.reserve(matches.size());
  for (const Match& match : matches) {
    if (auto one = candidate(match)) batch.push_back(std::move(*one));
  }
  return batch;
}

// Nothing where the sighting is a known repeat, or cannot be recognised at all.
std::optional<Judge::Candidate> Judge::candidate(const Match& match) {
  const Sighting& sighting = match.sighting;
  Identified identified = identify(sighting);
  if (identified.der == DerState::unreadable) {
    parts_.metrics.count(UndecodableReason::unreadable_der);
  } else if (identified.der == DerState::another) {
    parts_.metrics.count(UndecodableReason::another_der);
  }
  if (identified.identity.empty()) {
    parts_.metrics.count(UndecodableReason::no_identity);
    if (const auto ruling = parts_.damper.rule("no identity"); ruling.pass) {
      log::warning("a match without fingerprint, DER, serial or log position was skipped",
                   {{"sans", json::array(match.sans)}, {"more_like_it", ruling.held_back}});
    }
    return std::nullopt;
  }
  if (recent_.knows(identified.identity)) {
    parts_.metrics.repeats.Increment();
    return std::nullopt;
  }
  Candidate made;
  made.received = sighting.received_steady;
  made.sans = json::array(match.sans);
  made.alert.event_id = random_uuid();
  made.alert.payload = payload_members(match, identified.hashes);
  made.alert.identity = std::move(identified.identity);
  made.alert.sans = sighting.all_sans_storable_json;
  made.alert.matched = json::array(match.entries, json::Form::storable);
  made.alert.issuer = issuer_of(sighting);
  made.alert.seen_at = sighting.seen_at;
  return made;
}

void Judge::record_until_done(std::vector<Candidate> batch, std::stop_token stop) {
  unrecorded_ = std::move(batch);
  std::size_t at_once = largest_batch;
  while (!unrecorded_.empty()) {
    at_once = std::clamp<std::size_t>(at_once, 1, unrecorded_.size());
    const Outcome outcome = record_first(at_once);
    parts_.life.show();
    if (outcome == Outcome::done) {
      at_once *= 2;
      continue;
    }
    if (outcome == Outcome::too_slow && at_once == 1 && set_aside()) continue;
    if (outcome == Outcome::too_slow) at_once /= 4;
    if (stop.stop_requested()) return;
    pause(backoff_.next(), stop);
  }
}

// What is left of them goes back to where it was.
Judge::Outcome Judge::record_first(std::size_t most) {
  const auto end = unrecorded_.begin() + static_cast<std::ptrdiff_t>(most);
  std::vector<Candidate> first(std::make_move_iterator(unrecorded_.begin()),
                               std::make_move_iterator(end));
  const Outcome outcome = record_once(first);
  unrecorded_.erase(std::move(first.begin(), first.end(), unrecorded_.begin()), end);
  return outcome;
}

// False where there is no room.
bool Judge::set_aside() {
  if (set_aside_.size() >= most_set_aside) return false;
  log::error("the database takes too long over a match: set aside, others go first",
             {{"fingerprint", unrecorded_.front().alert.identity.fingerprint},
              {"bytes", unrecorded_.front().alert.payload.size()},
              {"set_aside", set_aside_.size() + 1}});
  if (set_aside_.empty()) next_retry_ = parts_.clock.steady_now() + retry_interval;
  set_aside_.push_back(std::move(unrecorded_.front()));
  unrecorded_.erase(unrecorded_.begin());
  return true;
}

// One at a time; the next at once if it went well. Where others get through meanwhile, it is the
// match that is too much, and must not cost them more than a tenth of the time.
void Judge::retry_set_aside() {
  const bool others_got_through = std::exchange(recorded_since_retry_, false);
  const SteadyTime begin = parts_.clock.steady_now();
  std::vector<Candidate> first;
  first.push_back(std::move(set_aside_.front()));
  set_aside_.erase(set_aside_.begin());
  if (record_once(first) == Outcome::done) return;
  set_aside_.push_back(std::move(first.front()));
  const SteadyTime end = parts_.clock.steady_now();
  const auto share = others_got_through ? 9 * (end - begin) : SteadyTime::duration::zero();
  next_retry_ = end + std::max<SteadyTime::duration>(retry_interval, share);
}

// Leaves in the batch what is still to be done.
Judge::Outcome Judge::record_once(std::vector<Candidate>& batch) {
  std::vector<NewAlert> alerts;
  alerts.reserve(batch.size());
  for (const Candidate& one : batch) alerts.push_back(one.alert);
  const auto recorded = parts_.store.record(alerts, place, options_.verdict);
  if (!recorded) {
    parts_.health.failed_to_record("recording alerts", recorded.error());
    if (recorded.error().kind == StoreError::Kind::too_slow) return Outcome::too_slow;
    if (recorded.error().kind != StoreError::Kind::refused) return Outcome::trouble;
    settle_refused(batch);
    return batch.empty() ? Outcome::done : Outcome::trouble;
  }
  parts_.health.recorded();
  backoff_.reset();
  bool verdicts = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    note_recorded(batch[i], (*recorded)[i]);
    verdicts = verdicts || (*recorded)[i].verdict.severity != Severity::pending ||
               !(*recorded)[i].overturned.empty();
  }
  batch.clear();
  if (verdicts) parts_.verdicts_fell();
  recorded_since_retry_ = true;
  return Outcome::done;
}

// The store has said that one of these will never be accepted: a batch of one is given up, loudly;
// a larger one is taken apart, so that one hostile certificate costs no other alert.
void Judge::settle_refused(std::vector<Candidate>& batch) {
  if (batch.size() == 1) {
    parts_.metrics.count(DropReason::refused);
    spill(batch.front());
    log::critical("match lost: the database refuses it; it is on stderr as JSON",
                  {{"fingerprint", batch.front().alert.identity.fingerprint}});
    batch.clear();
    return;
  }
  std::vector<Candidate> left;
  for (Candidate& one : batch) {
    std::vector<Candidate> alone;
    alone.push_back(std::move(one));
    if (record_once(alone) != Outcome::done) left.push_back(std::move(alone.front()));
  }
  batch = std::move(left);
}

void Judge::note_recorded(const Candidate& candidate, const Recorded& recorded) {
  for (const Verdict& verdict : recorded.overturned) note_verdict(verdict, "alert");
  recent_.remember(recorded.row, candidate.alert.identity);
  parts_.metrics.dedupe_cache_size.Set(static_cast<double>(recent_.size()));
  if (recorded.as == Recorded::As::repeat) {
    parts_.metrics.repeats.Increment();
    // What it added may have shown that its row is ours.
    if (recorded.verdict.severity != Severity::pending) note_verdict(recorded.verdict, "alert");
    return;
  }
  parts_.metrics.alert_delay.Observe(
      Seconds(parts_.clock.steady_now() - candidate.received).count());
  log::info("match recorded", {{"alert", recorded.row},
                               {"fingerprint", candidate.alert.identity.fingerprint},
                               {"matched", candidate.alert.matched},
                               {"sans", candidate.sans},
                               {"issuer", candidate.alert.issuer.value_or("")}});
  warn_of_reduced(recorded);
  if (recorded.verdict.severity != Severity::pending) {
    note_verdict(recorded.verdict, "alert");
    return;
  }
  next_judgement_ =
      std::min(next_judgement_, parts_.clock.steady_now() + to_nanoseconds(options_.verdict.grace));
}

void Judge::warn_of_reduced(const Recorded& recorded) {
  if (recorded.left_out.empty()) return;
  const auto ruling = parts_.damper.rule("reduced");
  if (!ruling.pass) return;
  log::warning("the database refuses some of an alert: it is on record without",
               {{"alert", recorded.row},
                {"id", recorded.verdict.event_id},
                {"left_out", recorded.left_out},
                {"more_like_it", ruling.held_back}});
}

void Judge::note_verdict(const Verdict& verdict, const char* what) {
  parts_.metrics.count(verdict.severity);
  log::event(verdict.severity == Severity::suspicious ? log::Level::warning : log::Level::info,
             what,
             {{"alert", verdict.row},
              {"severity", word(verdict.severity)},
              {"known_by", verdict.known_by ? word(*verdict.known_by) : "-"},
              {"reason", verdict.reason ? word(*verdict.reason) : "-"},
              {"id", verdict.event_id},
              {"matched", verdict.matched}});
}

void Judge::do_duties() {
  const SteadyTime now = parts_.clock.steady_now();
  if (!set_aside_.empty() && now >= next_retry_) retry_set_aside();
  if (now >= next_judgement_) {
    next_judgement_ = now + judgement_interval;
    judge_due();
  }
  if (now >= next_resolution_) {
    next_resolution_ = now + resolution_interval;
    if (options_.resolve_window > Seconds{0}) resolve_late();
  }
}

void Judge::judge_due() {
  const auto verdicts = parts_.store.judge_due(options_.verdict, verdicts_at_once);
  if (!verdicts) {
    parts_.health.failed_to_record("judging alerts", verdicts.error());
    next_judgement_ = parts_.clock.steady_now() + backoff_.next();
    return;
  }
  parts_.health.recorded();
  backoff_.reset();
  for (const Verdict& verdict : *verdicts) note_verdict(verdict, "alert");
  if (verdicts->size() >= verdicts_at_once) next_judgement_ = parts_.clock.steady_now();
  if (!verdicts->empty()) parts_.verdicts_fell();
}

void Judge::resolve_late() {
  const auto resolved = parts_.store.resolve_late(options_.resolve_window, options_.verdict);
  if (!resolved) {
    parts_.health.failed("looking for late inventory", resolved.error());
    return;
  }
  for (const Verdict& verdict : *resolved) {
    if (!verdict.known_by) {
      note_verdict(verdict, "alert");
      continue;
    }
    log::info("suspicious alert resolved: the certificate is in the inventory now",
              {{"alert", verdict.row}, {"id", verdict.event_id}, {"matched", verdict.matched}});
  }
  if (!resolved->empty()) parts_.verdicts_fell();
}

std::size_t Judge::farewell() {
  const SteadyTime deadline = parts_.clock.steady_now() + to_nanoseconds(options_.farewell);
  std::size_t spilled = 0;
  bool database_answers = record_at_last(deadline);
  for (;;) {
    for (const Candidate& one : unrecorded_) spill(one);
    parts_.metrics.count(DropReason::shutdown, unrecorded_.size());
    spilled += unrecorded_.size();
    unrecorded_.clear();
    auto matches = parts_.queue.take(largest_batch, std::chrono::nanoseconds(0), {});
    if (matches.empty() && set_aside_.empty()) break;
    unrecorded_ = matches.empty() ? std::exchange(set_aside_, {}) : candidates(std::move(matches));
    database_answers = database_answers && record_at_last(deadline);
  }
  parts_.lost_and_found.flush();
  if (spilled > 0) {
    log::critical("matches that could not be recorded are on stderr as JSON lines",
                  {{"matches", spilled}});
  }
  return spilled;
}

// A failure may be a connection that had died unnoticed: the second tells that the database is
// away.
bool Judge::record_at_last(SteadyTime deadline) {
  for (int attempt = 0; attempt < 2 && !unrecorded_.empty(); ++attempt) {
    if (parts_.clock.steady_now() >= deadline) return false;
    record_once(unrecorded_);
  }
  return unrecorded_.empty();
}

void Judge::spill(const Candidate& candidate) {
  parts_.lost_and_found << "{\"unrecorded\":{" << candidate.alert.payload << "}}\n";
}

}  // namespace certwatch
