// What the fakes of the record ports share: rows, deliveries, inventory and watch list in memory, a
// clock that is turned by hand, and failures before or after the effect of a call.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/delivery.h"
#include "model/inventory_certificate.h"
#include "model/issuance_row.h"
#include "record/delivery_store.h"
#include "record/store_error.h"

namespace certwatch {

struct FakeRow {
  IssuanceRow issuance;
  AlertContent content;
  Seconds recorded_at{0};  // of the Python service: when it was seen
  std::optional<Seconds> decided_at;
  std::optional<Seconds> resolved_at;
  bool delivered = false;
};

struct FakeDelivery {
  std::int64_t id = 0;
  std::int64_t alert = 0;
  DeliveryKind kind = DeliveryKind::verdict;
  std::string event_id;
  std::string destination;
  SystemTime told_since;
  ledger::DeliveryStanding standing;
};

struct FakeAnnouncement {
  Importance least = Importance::info;
  Seconds announced_at{0};
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
  std::map<std::int64_t, FakeDelivery> deliveries;
  std::map<std::string, FakeAnnouncement> announcements;
  std::vector<InventoryCertificate> inventory;
  std::vector<std::optional<std::string>> watch_list;
  // The database's own time, in Unix seconds.
  Seconds now{1'800'000'000};
  // The inventory does not answer.
  bool inventory_is_silent = false;
  // Rows that somebody else keeps locked.
  std::set<std::int64_t> locked_rows;
  std::int64_t calls = 0;

  // `now`, to the microsecond.
  SystemTime time() const { return SystemTime(std::chrono::round<std::chrono::microseconds>(now)); }

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
  std::int64_t next_delivery() { return ++last_delivery_; }

  bool is_in_force(const std::string& destination) const {
    const auto found = announcements.find(destination);
    return found != announcements.end() && found->second.announced_at > now - announcement_lifetime;
  }

  // Puts down how a delivery stands, and what follows from it.
  void write(FakeDelivery& delivery, const ledger::DeliveryStanding& standing) {
    delivery.standing = standing;
    if (delivery.kind != DeliveryKind::verdict) return;
    if (delivery.destination == webhook_destination) {
      rows.at(delivery.alert).delivered = standing.delivered_at.has_value();
    }
    if (!standing.abandoned_at) return;
    for (auto& [id, other] : deliveries) {
      if (other.alert != delivery.alert || other.destination != delivery.destination ||
          !other.standing.due_at) {
        continue;
      }
      other.standing.due_at.reset();
      other.standing.lease_until.reset();
      other.standing.abandoned_at = standing.abandoned_at;
    }
  }

 private:
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
  std::int64_t last_delivery_ = 0;
};

}  // namespace certwatch
