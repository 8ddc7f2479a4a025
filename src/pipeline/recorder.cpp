#include "pipeline/recorder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json_text.h"
#include "base/pause.h"
#include "base/uuid.h"
#include "classify/identify.h"
#include "pipeline/alert_log.h"
#include "record/alert_content.h"

namespace certwatch {
namespace {

// Soft limits of what is recorded in one transaction. A batch holds locks on all its identities.
constexpr std::size_t largest_batch = 64;
constexpr std::size_t most_batch_bytes = 4U << 20;
// Beyond it, what is too slow holds up the others: by then it is the database that is slow.
constexpr std::size_t most_set_aside = 64;
constexpr std::chrono::seconds retry_interval{5};
constexpr std::chrono::seconds idle_interval{10};
constexpr BackoffLimits store_backoff{std::chrono::milliseconds(100),
                                      std::chrono::milliseconds(5000)};
constexpr const char* recording = "recording alerts";

bool share_one(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return std::find_first_of(some.begin(), some.end(), others.begin(), others.end()) != some.end();
}

// May the same rows concern both?
bool share_identity(const Identity& one, const Identity& other) {
  return (one.is_hashed() && one.tbs_sha256 == other.tbs_sha256) ||
         (one.serial_key && one.serial_key == other.serial_key) ||
         (!one.source_key.empty() && one.source_key == other.source_key) ||
         share_one(one.fingerprints, other.fingerprints);
}

}  // namespace

Recorder::Recorder(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      rules_{options.grace, random_uuid, options.destinations},
      backoff_(store_backoff,
               static_cast<std::uint32_t>(parts_.clock.system_now().time_since_epoch().count())),
      next_retry_(parts_.clock.steady_now()) {}

std::size_t Recorder::run(std::stop_token stop) {
  while (!stop.stop_requested()) turn(stop);
  return farewell();
}

void Recorder::turn(std::stop_token stop) {
  parts_.life.show();
  const auto patience =
      set_aside_.empty() ? idle_interval : next_retry_ - parts_.clock.steady_now();
  unrecorded_ = candidates(parts_.queue.take(largest_batch, patience, stop, most_batch_bytes));
  parts_.metrics.match_queue_depth.Set(static_cast<double>(parts_.queue.size()));
  record_until_done(stop);
  if (!set_aside_.empty() && parts_.clock.steady_now() >= next_retry_ && !stop.stop_requested()) {
    retry_set_aside();
  }
}

// Without known repeats, and without what shares an identity with something that is set aside.
std::vector<Recorder::Candidate> Recorder::candidates(std::vector<Match> matches) {
  std::vector<Candidate> batch;
  batch.reserve(matches.size());
  for (const Match& match : matches) {
    auto one = candidate(match);
    if (!one || (is_held_up(*one) && set_aside(*one))) continue;
    batch.push_back(std::move(*one));
  }
  return batch;
}

// Nothing where the sighting is a known repeat, or cannot be recognised at all.
std::optional<Recorder::Candidate> Recorder::candidate(const Match& match) {
  const Sighting& sighting = match.sighting;
  const std::vector<ClaimedFact> differing = differing_claims(sighting);
  for (const ClaimedFact fact : differing) parts_.metrics.count(fact);
  Candidate made;
  made.arrival.identity = identify(sighting);
  if (made.arrival.identity.empty()) {
    parts_.metrics.count(UndecodableReason::no_identity);
    if (const auto ruling = parts_.damper.rule("no identity"); ruling.pass) {
      log::warning("a match without fingerprint, DER, serial or log position was skipped",
                   {{"sans", json::array(match.sans)}, {"more_like_it", ruling.held_back}});
    }
    return std::nullopt;
  }
  if (recent_.knows(made.arrival.identity)) {
    parts_.metrics.repeats.Increment();
    return std::nullopt;
  }
  made.arrival.event_id = random_uuid();
  made.arrival.content = content_of(match, differing);
  made.sans = json::array(match.sans);
  made.received = sighting.received_steady;
  return made;
}

void Recorder::record_until_done(std::stop_token stop) {
  const Enough enough = [&stop] { return stop.stop_requested(); };
  while (!unrecorded_.empty()) {
    record_unrecorded(enough);
    if (unrecorded_.empty() || !pause(backoff_.next(), stop)) return;
  }
}

// What has to be tried again stays in unrecorded_.
void Recorder::record_unrecorded(const Enough& enough) {
  if (unrecorded_.size() > 1) {
    const auto failed = record(unrecorded_);
    if (!failed) return unrecorded_.clear();
    if (*failed != StoreError::Kind::refused && *failed != StoreError::Kind::too_slow) return;
  }
  std::vector<Candidate> left;
  for (Candidate& one : unrecorded_) {
    // Where one fails for another reason than itself, so would the rest.
    if (!left.empty() || enough() || !record_or_set_aside(one)) left.push_back(std::move(one));
  }
  unrecorded_ = std::move(left);
}

// False where it has to be tried again, before any other.
bool Recorder::record_or_set_aside(Candidate& one) {
  if (is_held_up(one) && set_aside(one)) return true;
  const Alone outcome = record_alone(one);
  return outcome == Alone::settled || (outcome == Alone::too_slow && set_aside(one));
}

// A match that is refused in any form is lost, loudly.
Recorder::Alone Recorder::record_alone(Candidate& one) {
  auto failed = record(std::span(&one, 1));
  if (failed == StoreError::Kind::refused) failed = record_barest(one);
  if (failed == StoreError::Kind::refused) {
    lose(one);
    failed.reset();
  }
  if (!failed) return Alone::settled;
  return *failed == StoreError::Kind::too_slow ? Alone::too_slow : Alone::trouble;
}

// Nothing where they are on record, else why not.
std::optional<StoreError::Kind> Recorder::record(std::span<const Candidate> batch) {
  parts_.life.show();
  Identities wanted;
  for (const Candidate& one : batch) {
    wanted.add(one.arrival.identity);
    wanted.event_ids.push_back(one.arrival.event_id);
  }
  std::vector<ledger::Recorded> recorded;
  const auto change = change_ledger(parts_.store, wanted, rules_, [&](ledger::Ledger& ledger) {
    for (const Candidate& one : batch) recorded.push_back(ledger.arrive(one.arrival));
  });
  if (!change) {
    parts_.health.failed_to_record(recording, change.error());
    return change.error().kind;
  }
  parts_.health.recorded(recording);
  backoff_.reset();
  note(batch, recorded, *change);
  return std::nullopt;
}

// The whole content is kept for another try, should the database be away now.
std::optional<StoreError::Kind> Recorder::record_barest(Candidate& one) {
  Candidate bare = one;
  bare.arrival.content = barest(one.arrival.content);
  const auto failed = record(std::span(&bare, 1));
  if (failed) return failed;
  if (const auto ruling = parts_.damper.rule("barest"); ruling.pass) {
    log::warning("the database refuses the content of an alert: it is on record in its barest form",
                 {{"id", one.arrival.event_id},
                  {"fingerprint", one.arrival.content.fingerprint},
                  {"more_like_it", ruling.held_back}});
  }
  return std::nullopt;
}

bool Recorder::is_held_up(const Candidate& one) const {
  return std::any_of(set_aside_.begin(), set_aside_.end(), [&one](const Candidate& other) {
    return share_identity(one.arrival.identity, other.arrival.identity);
  });
}

// False where there is no room.
bool Recorder::set_aside(Candidate& one) {
  if (set_aside_.size() >= most_set_aside) return false;
  if (const auto ruling = parts_.damper.rule("set aside"); ruling.pass) {
    log::error("the database takes too long over a match: it is tried again later, others go first",
               {{"fingerprint", one.arrival.content.fingerprint},
                {"bytes", one.arrival.content.message_facts.size()},
                {"set_aside", set_aside_.size() + 1},
                {"more_like_it", ruling.held_back}});
  }
  if (set_aside_.empty()) next_retry_ = parts_.clock.steady_now() + retry_interval;
  set_aside_.push_back(std::move(one));
  return true;
}

// One at a time, and the next at once if it went well. The others must not lose more than a tenth
// of their time to one that does not.
void Recorder::retry_set_aside() {
  const SteadyTime begin = parts_.clock.steady_now();
  Candidate first = std::move(set_aside_.front());
  set_aside_.pop_front();
  const Alone outcome = record_alone(first);
  next_retry_ = parts_.clock.steady_now();
  if (outcome == Alone::settled) return;
  set_aside_.push_back(std::move(first));
  next_retry_ += std::max<SteadyTime::duration>(retry_interval, 9 * (next_retry_ - begin));
}

void Recorder::lose(const Candidate& one) {
  parts_.metrics.count(DropReason::refused);
  spill(one);
  log::critical("match lost: the database refuses it; it is on stderr as JSON",
                {{"fingerprint", one.arrival.content.fingerprint}});
}

void Recorder::note(std::span<const Candidate> batch, std::span<const ledger::Recorded> recorded,
                    const LedgerChange& change) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::int64_t row = change.number_of(recorded[i].row);
    recent_.remember(row, batch[i].arrival.identity);
    note_arrival(batch[i], recorded[i], row);
  }
  parts_.metrics.dedupe_cache_size.Set(static_cast<double>(recent_.size()));
  for (const Verdict& verdict : change.verdicts) note_verdict(verdict, parts_.metrics);
  for (const Verdict& verdict : change.resolutions) note_resolution(verdict, parts_.metrics);
  if (!change.verdicts.empty() || !change.resolutions.empty()) parts_.verdicts_fell();
  if (change.has_pending) {
    parts_.verdict_expected(parts_.clock.steady_now() + to_nanoseconds(options_.grace));
  }
}

void Recorder::note_arrival(const Candidate& one, const ledger::Recorded& recorded,
                            std::int64_t row) {
  if (recorded.is_crowded) parts_.metrics.crowded_matches.Increment();
  if (recorded.as == ledger::Recorded::As::repeat) return parts_.metrics.repeats.Increment();
  parts_.metrics.alert_delay.Observe(Seconds(parts_.clock.steady_now() - one.received).count());
  log::info("match recorded", {{"alert", row},
                               {"fingerprint", one.arrival.content.fingerprint},
                               {"matched", one.arrival.content.matched},
                               {"sans", one.sans},
                               {"issuer", one.arrival.content.issuer.value_or("")}});
}

// What was set aside comes last, and gets one more try.
std::size_t Recorder::farewell() {
  const SteadyTime deadline = parts_.clock.steady_now() + to_nanoseconds(options_.farewell);
  std::size_t spilled = 0;
  bool database_answers = true;
  const auto record_or_spill = [&] {
    database_answers = database_answers && record_at_last(deadline);
    spilled += spill_all(std::exchange(unrecorded_, {}));
  };
  record_or_spill();
  for (;;) {
    auto matches =
        parts_.queue.take(largest_batch, std::chrono::nanoseconds(0), {}, most_batch_bytes);
    if (matches.empty()) break;
    unrecorded_ = candidates(std::move(matches));
    record_or_spill();
  }
  unrecorded_.assign(std::move_iterator(set_aside_.begin()), std::move_iterator(set_aside_.end()));
  set_aside_.clear();
  record_or_spill();
  spilled +=
      spill_all({std::move_iterator(set_aside_.begin()), std::move_iterator(set_aside_.end())});
  if (spilled > 0) {
    log::critical("matches that could not be recorded are on stderr as JSON lines",
                  {{"matches", spilled}});
  }
  return spilled;
}

// A failure may be a connection that had died unnoticed: the second tells that the database is
// away.
bool Recorder::record_at_last(SteadyTime deadline) {
  const Enough enough = [&] { return parts_.clock.steady_now() >= deadline; };
  for (int attempt = 0; attempt < 2 && !unrecorded_.empty() && !enough(); ++attempt) {
    record_unrecorded(enough);
  }
  return unrecorded_.empty();
}

std::size_t Recorder::spill_all(const std::vector<Candidate>& unrecorded) {
  for (const Candidate& one : unrecorded) spill(one);
  parts_.metrics.count(DropReason::shutdown, unrecorded.size());
  return unrecorded.size();
}

void Recorder::spill(const Candidate& one) {
  const AlertContent& content = one.arrival.content;
  parts_.lost_and_found("{\"unrecorded\":{" + content.identity_facts + "," + content.message_facts +
                        "}}\n");
}

}  // namespace certwatch
