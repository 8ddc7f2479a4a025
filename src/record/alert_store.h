// Port: where matches are put on record and judged.
//
// Durability: when a call has returned a value, its effect survives a crash of this process and of
// the database. When it has returned an error, it may have had its whole effect or none, never a
// part; every call may be repeated (a repeat of record() finds the rows and calls them repeats).
// Replicas: any number of processes may call on one database; each verdict falls once.
// Time is the database's own.
// What is ours for certain (by fingerprint or TBS hash) takes the serial from every other issuance
// that claims it (same serial key, another TBS hash): none of them can be called ours by it any
// longer, and what has been, without its certificate being on record, is a suspicious alert from
// then on, with a new event_id; the event it was is sent no more. This happens with the verdict
// that makes certain, and each call returns these verdicts with its own.
// Threads: one instance belongs to one thread. No call takes longer than 30 s.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "model/alert.h"
#include "model/identity.h"
#include "model/placement.h"
#include "record/store_error.h"

namespace certwatch {

// Pure, called within the transaction; classify/issuance.h has the real one.
using Placer = std::function<Placement(const Identity&, std::span<const KnownAlert>)>;

struct JudgeOptions {
  // From recording to the verdict of what is not ours.
  Seconds grace{10};
  // False in observer mode: verdicts make no deliveries due; a process that delivers adopts them
  // (DeliveryQueue::adopt).
  bool deliver = true;
};

class AlertStore {
 public:
  virtual ~AlertStore() = default;

  // From any thread: the process is about to end. A call under way, and every later one, waits for
  // the database for at most 1 s more.
  virtual void hurry() {}

  // Is everything there that this store reads and writes? missing_table names what is not.
  virtual StoreResult<void> check_schema() = 0;

  // Puts each on record, in order, in one transaction under locks on all their identities: asks
  // `place` with the rows that share an identity (those made by this batch included), inserts or
  // amends, and gives verdict info to what is ours already. Where the inventory does not answer
  // within 1 s, rows stay pending. With a grace of 0 every new row gets its verdict at once.
  // The result has one element per alert, in order. An alert recorded twice with the same event_id
  // (a repeated call after an error whose effect had happened) is returned as the alert it is.
  virtual StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts,
                                                    const Placer& place,
                                                    const JudgeOptions& options) = 0;

  // Gives the verdict to up to `most` pending rows whose grace window is over; look-up and verdict
  // are one statement. Never suspicious because the inventory did not answer.
  virtual StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                                      std::size_t most) = 0;

  // Suspicious rows, judged within `window`, that the inventory knows by now: sets known_by and
  // resolved_at, and makes the resolution event due. Each row resolves once. Where there are
  // thousands, a call looks at some and the next one goes on. A verdict without known_by is no
  // resolution: that row lost its serial.
  virtual StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                         const JudgeOptions& options) = 0;
};

}  // namespace certwatch
