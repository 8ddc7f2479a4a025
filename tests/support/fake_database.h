// What the fakes of the record ports share: rows, inventory and watch list in memory, a clock that
// is turned by hand, and failures before or after the effect of a call.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "record/alert_store.h"
#include "record/batch.h"
#include "record/inventory.h"
#include "record/inventory_match.h"

namespace certwatch {

struct FakeRow {
  NewAlert alert;
  std::vector<std::string> names;
  KnownAlert known;
  bool only_precertificates = false;
  bool may_be_ours_by_serial = false;
  bool is_conflict = false;
  bool is_python = false;
  Severity severity = Severity::pending;
  std::optional<KnownBy> known_by;
  std::optional<Reason> reason;
  Seconds recorded_at{0};
  Seconds decide_at{0};
  std::optional<Seconds> decided_at;
  std::optional<Seconds> due_at;
  std::optional<Seconds> lease_until;
  std::optional<Seconds> requeued_at;
  std::optional<Seconds> resolved_at;
  bool delivered = false;
  bool abandoned = false;
  std::string resolution_id;
  bool resolution_delivered = false;
  int attempts = 0;
  std::string last_error;
};

struct FakeFailure {
  enum class When { before_effect, after_effect };
  When when = When::before_effect;
  StoreError error{StoreError::Kind::unavailable, "failed on purpose"};
  // How many calls fail; others go through first.
  int times = 1;
  int after = 0;
  // The function of the port; empty: any.
  std::string operation;
};

class FakeDatabase {
 public:
  // Held by a call from beginning to end: the fakes may be used from several threads.
  mutable std::mutex mutex;
  std::map<std::int64_t, FakeRow> rows;
  std::vector<InventoryCertificate> inventory;
  std::vector<std::optional<std::string>> watch_list;
  // The database's own time, in Unix seconds.
  Seconds now{1'800'000'000};
  // The inventory does not answer: recording leaves rows pending, verdicts fail.
  bool inventory_is_silent = false;
  std::int64_t calls = 0;

  void fail(FakeFailure failure) {
    const std::lock_guard lock(mutex);
    failures_.push_back(std::move(failure));
  }

  // Runs one call of a port under the lock, with the failures that are planned for it.
  template <class Result, class Effect>
  StoreResult<Result> call(const char* operation, Effect effect) {
    const std::lock_guard lock(mutex);
    ++calls;
    const std::optional<FakeFailure> failure = next_failure(operation);
    if (failure && failure->when == FakeFailure::When::before_effect) {
      return tl::unexpected(failure->error);
    }
    StoreResult<Result> result = effect();
    if (failure) return tl::unexpected(failure->error);
    return result;
  }

  std::int64_t next_row() { return ++last_row_; }

  std::optional<KnownBy> known_by(const std::vector<std::string>& fingerprints,
                                  const std::string& tbs_sha256, const Identity& identity,
                                  const std::vector<std::string>& names) const {
    std::optional<KnownBy> weakest;
    for (const InventoryCertificate& ours : inventory) {
      const std::string& print = ours.fingerprint_sha1;
      if (!print.empty() && print != digest_of_nothing &&
          std::find(fingerprints.begin(), fingerprints.end(), print) != fingerprints.end()) {
        return KnownBy::fingerprint;
      }
      if (!tbs_sha256.empty() && ours.tbs_sha256 == tbs_sha256) {
        weakest = KnownBy::tbs;
      } else if (!weakest && is_alike(ours, identity, names)) {
        weakest = KnownBy::serial;
      }
    }
    return weakest;
  }

  std::optional<KnownBy> known_by(const FakeRow& row) const {
    return known_by(row.known.fingerprints, row.known.tbs_sha256, row.alert.identity, row.names);
  }

 private:
  static bool is_alike(const InventoryCertificate& ours, const Identity& identity,
                       const std::vector<std::string>& names) {
    return is_same_serial(ours.serial, identity.serial) && ours.not_before == identity.not_before &&
           ours.not_after == identity.not_after && names_agree(ours.sans, names);
  }

  std::optional<FakeFailure> next_failure(const std::string& operation) {
    for (FakeFailure& failure : failures_) {
      if (!failure.operation.empty() && failure.operation != operation) continue;
      if (failure.after > 0) {
        --failure.after;
        continue;
      }
      if (failure.times > 0) {
        --failure.times;
        return failure;
      }
    }
    return std::nullopt;
  }

  std::vector<FakeFailure> failures_;
  std::int64_t last_row_ = 0;
};

}  // namespace certwatch
