// Fakes of the record ports over one FakeDatabase. They keep the promises of the ports (the
// contract suites run against them, too) and can be told to fail before or after their effect.
#pragma once

#include "record/alert_archive.h"
#include "record/delivery_queue.h"
#include "record/watch_source.h"
#include "support/fake_database.h"

namespace certwatch {

class FakeAlertStore final : public AlertStore {
 public:
  explicit FakeAlertStore(FakeDatabase& database) : db_(database) {}

  StoreResult<void> check_schema() override {
    return db_.call<void>("check_schema", [] { return StoreResult<void>(); });
  }

  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& place,
                                            const JudgeOptions& options) override {
    return db_.call<std::vector<Recorded>>("record", [&]() -> StoreResult<std::vector<Recorded>> {
      const std::vector<RowOnRecord> on_record = rows_on_record();
      const BatchPlan plan = plan_batch(alerts, on_record, place);
      std::vector<std::int64_t> numbers;
      std::vector<std::int64_t> touched;
      for (const NewRow& row : plan.new_rows) {
        numbers.push_back(insert(alerts[row.alert], row, options.grace));
        touched.push_back(numbers.back());
      }
      for (const Amendment& amendment : plan.amendments) {
        amend(db_.rows.at(amendment.row), amendment);
        if (amendment.may_become_ours) touched.push_back(amendment.row);
      }
      BatchJudgement judgement;
      if (!db_.inventory_is_silent) judgement = judge(touched, options);
      auto recorded = recorded_batch(alerts, on_record, plan, numbers, std::move(judgement));
      for (std::size_t i = 0; i < alerts.size(); ++i) {
        if (is_refused(alerts[i])) recorded[i].left_out = "list of names, issuer";
      }
      return recorded;
    });
  }

  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                              std::size_t most) override {
    return db_.call<std::vector<Verdict>>("judge_due", [&]() -> StoreResult<std::vector<Verdict>> {
      if (db_.inventory_is_silent) return silent();
      std::vector<std::int64_t> due;
      for (const auto& [number, row] : db_.rows) {
        if (row.severity == Severity::pending && row.decide_at <= db_.now) due.push_back(number);
      }
      std::stable_sort(due.begin(), due.end(), [this](std::int64_t a, std::int64_t b) {
        return db_.rows.at(a).decide_at < db_.rows.at(b).decide_at;
      });
      due.resize(std::min(due.size(), most));
      return values(judge(due, options).verdicts);
    });
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override {
    return db_.call<std::vector<Verdict>>(
        "resolve_late", [&]() -> StoreResult<std::vector<Verdict>> {
          if (db_.inventory_is_silent) return silent();
          std::map<std::int64_t, Verdict> resolved;
          for (const std::int64_t number : conflicts_first(numbers())) {
            FakeRow& row = db_.rows.at(number);
            if (row.severity != Severity::suspicious || row.resolved_at || !row.decided_at ||
                *row.decided_at <= db_.now - window) {
              continue;
            }
            const auto known_by = db_.known_by(row);
            if (rule(to_judge(row), known_by).severity != Severity::info) continue;
            row.known_by = known_by;
            row.known.is_provisional = known_by == KnownBy::serial;
            row.resolved_at = db_.now;
            row.resolution_id = random_uuid();
            if (!row.due_at) {
              row.attempts = 0;
              if (row.delivered && options.deliver) row.due_at = db_.now;
            }
            if (row.known.confirms && db_.rows.contains(*row.known.confirms)) {
              db_.rows.at(*row.known.confirms).known.is_provisional = false;
            }
            resolved.insert_or_assign(number, verdict(row));
            if (row.is_conflict && is_certain(known_by)) take_serial(row, options, resolved);
          }
          return values(resolved);
        });
  }

 private:
  static tl::unexpected<StoreError> silent() {
    return store_failure(StoreError::Kind::unavailable, "the inventory does not answer");
  }

  static std::vector<Verdict> values(const std::map<std::int64_t, Verdict>& verdicts) {
    std::vector<Verdict> all;
    for (const auto& [number, verdict] : verdicts) all.push_back(verdict);
    return all;
  }

  static Verdict verdict(const FakeRow& row) {
    return {row.known.row, row.alert.event_id, row.severity,
            row.known_by,  row.reason,         row.alert.matched};
  }

  std::vector<RowOnRecord> rows_on_record() const {
    std::vector<RowOnRecord> all;
    for (const auto& [number, row] : db_.rows) {
      RowOnRecord one{row.known, verdict(row), row.only_precertificates, row.may_be_ours_by_serial,
                      row.is_conflict};
      if (row.severity != Severity::info) one.verdict.known_by.reset();
      all.push_back(std::move(one));
    }
    return all;
  }

  // The texts of a JSON array of strings without escapes.
  static std::vector<std::string> texts(const std::string& array) {
    std::vector<std::string> all;
    for (std::size_t from = array.find('"'); from != std::string::npos;) {
      const std::size_t to = array.find('"', from + 1);
      if (to == std::string::npos) break;
      all.push_back(array.substr(from + 1, to - from - 1));
      from = array.find('"', to + 1);
    }
    return all;
  }

  // What a database refuses some of.
  static bool is_refused(const NewAlert& alert) { return !alert.sans.ends_with(']'); }

  std::int64_t insert(const NewAlert& alert, const NewRow& planned, Seconds grace) {
    FakeRow row;
    row.alert = alert;
    if (is_refused(alert)) row.alert.sans = "[]";
    row.names = texts(row.alert.sans);
    row.known = planned.known;
    row.known.row = db_.next_row();
    row.alert.identity.serial = planned.identity.serial;
    row.alert.identity.not_before = planned.identity.not_before;
    row.alert.identity.not_after = planned.identity.not_after;
    row.only_precertificates = planned.identity.is_precertificate;
    row.may_be_ours_by_serial = planned.identity.may_be_ours_by_serial;
    row.is_conflict = planned.is_conflict;
    row.recorded_at = db_.now;
    row.decide_at = db_.now + grace;
    const std::int64_t number = row.known.row;
    db_.rows.emplace(number, std::move(row));
    return number;
  }

  static void add_fingerprints(FakeRow& row, const std::vector<std::string>& fingerprints) {
    auto& known = row.known.fingerprints;
    for (const std::string& one : fingerprints) {
      if (known.size() < fingerprints_per_row &&
          std::find(known.begin(), known.end(), one) == known.end()) {
        known.push_back(one);
      }
    }
  }

  static void amend(FakeRow& row, const Amendment& added) {
    add_fingerprints(row, added.fingerprints);
    if (row.known.tbs_sha256.empty()) row.known.tbs_sha256 = added.tbs_sha256;
    if (row.known.serial_key.empty() && !added.serial_key.empty()) {
      row.known.serial_key = added.serial_key;
      row.alert.identity.serial = added.serial;
      row.alert.identity.not_before = added.not_before;
      row.alert.identity.not_after = added.not_after;
    }
    row.only_precertificates = row.only_precertificates && added.only_precertificates;
    row.known.has_certificate = row.known.has_certificate || added.has_certificate;
    row.may_be_ours_by_serial = !row.known.has_certificate && !row.is_conflict &&
                                !row.known.confirms &&
                                (row.may_be_ours_by_serial || added.may_be_ours_by_serial);
  }

  RowToJudge to_judge(const FakeRow& row) const {
    return {row.decide_at <= db_.now, row.may_be_ours_by_serial, row.is_conflict,
            row.known.confirms.has_value()};
  }

  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> all;
    for (const auto& [number, row] : db_.rows) all.push_back(number);
    return all;
  }

  // What is certain among them takes the serial before its rivals are judged.
  std::vector<std::int64_t> conflicts_first(std::vector<std::int64_t> numbers) const {
    std::stable_partition(numbers.begin(), numbers.end(),
                          [this](std::int64_t number) { return db_.rows.at(number).is_conflict; });
    return numbers;
  }

  void take_serial(const FakeRow& ours, const JudgeOptions& options,
                   std::map<std::int64_t, Verdict>& verdicts) {
    for (auto& [number, row] : db_.rows) {
      const KnownAlert& known = row.known;
      if (known.serial_key.empty() || known.serial_key != ours.known.serial_key ||
          known.tbs_sha256.empty() || ours.known.tbs_sha256.empty() ||
          known.tbs_sha256 == ours.known.tbs_sha256) {
        continue;
      }
      const Loss lost = loss({row.severity, row.resolved_at.has_value(), known.is_provisional,
                              row.may_be_ours_by_serial, has_confirmation(known)});
      if (lost == Loss::nothing) continue;
      row.is_conflict = true;
      row.may_be_ours_by_serial = false;
      if (lost == Loss::claim) continue;
      overturn(row, options);
      verdicts.insert_or_assign(number, verdict(row));
    }
  }

  bool has_confirmation(const KnownAlert& known) const {
    return std::any_of(db_.rows.begin(), db_.rows.end(), [&known](const auto& one) {
      return one.second.known.confirms == known.row &&
             one.second.known.tbs_sha256 == known.tbs_sha256;
    });
  }

  void overturn(FakeRow& row, const JudgeOptions& options) const {
    row.alert.event_id = random_uuid();
    row.severity = Severity::suspicious;
    row.reason = Reason::serial_conflict;
    row.known_by.reset();
    row.known.is_provisional = false;
    row.decided_at = db_.now;
    row.due_at.reset();
    if (options.deliver) row.due_at = db_.now;
    row.lease_until.reset();
    row.attempts = 0;
    row.delivered = false;
    row.abandoned = false;
    row.last_error.clear();
    row.resolved_at.reset();
    row.resolution_id.clear();
    row.resolution_delivered = false;
  }

  BatchJudgement judge(const std::vector<std::int64_t>& numbers, const JudgeOptions& options) {
    BatchJudgement judgement;
    for (const std::int64_t number : conflicts_first(numbers)) {
      FakeRow& row = db_.rows.at(number);
      const auto known_by = db_.known_by(row);
      if (row.severity != Severity::pending) {
        row.known.is_provisional = row.known.is_provisional && !is_certain(known_by);
        continue;
      }
      const Ruling ruling = rule(to_judge(row), known_by);
      if (ruling.severity == Severity::pending) continue;
      if (ruling.vanishes) {
        judgement.vanished.emplace(number, *row.known.confirms);
        confirm(row);
        db_.rows.erase(number);
        continue;
      }
      row.severity = ruling.severity;
      row.known_by = ruling.known_by;
      row.reason = ruling.reason;
      row.known.is_provisional = ruling.is_provisional;
      row.decided_at = db_.now;
      if (options.deliver) row.due_at = db_.now;
      judgement.verdicts.emplace(number, verdict(row));
      if (row.is_conflict && is_certain(row.known_by)) {
        take_serial(row, options, judgement.verdicts);
      }
    }
    return judgement;
  }

  void confirm(const FakeRow& certificate) {
    const auto found = db_.rows.find(*certificate.known.confirms);
    if (found == db_.rows.end()) return;
    FakeRow& row = found->second;
    add_fingerprints(row, certificate.known.fingerprints);
    if (row.known.tbs_sha256.empty()) row.known.tbs_sha256 = certificate.known.tbs_sha256;
    row.known.is_provisional = false;
    row.known.has_certificate = true;
    row.only_precertificates = false;
    row.may_be_ours_by_serial = false;
  }

  FakeDatabase& db_;
};

class FakeDeliveryQueue final : public DeliveryQueue {
 public:
  explicit FakeDeliveryQueue(FakeDatabase& database) : db_(database) {}

  StoreResult<std::vector<Delivery>> claim(std::size_t most, Seconds lease) override {
    return db_.call<std::vector<Delivery>>("claim", [&]() -> StoreResult<std::vector<Delivery>> {
      std::vector<FakeRow*> due;
      for (auto& [number, row] : db_.rows) {
        if (row.due_at && *row.due_at <= db_.now) due.push_back(&row);
      }
      std::stable_sort(due.begin(), due.end(),
                       [](const FakeRow* a, const FakeRow* b) { return *a->due_at < *b->due_at; });
      due.resize(std::min(due.size(), most));
      std::vector<Delivery> claimed;
      for (FakeRow* row : due) {
        ++row->attempts;
        row->due_at = row->lease_until = db_.now + lease;
        claimed.push_back(delivery(*row));
      }
      return claimed;
    });
  }

  StoreResult<void> settle(const Delivery& settled, const Settlement& settlement) override {
    return db_.call<void>("settle", [&]() -> StoreResult<void> {
      const auto found = db_.rows.find(settled.row);
      if (found == db_.rows.end()) return {};
      FakeRow& row = found->second;
      if (settlement.kind == Settlement::Kind::delivered) {
        settle_delivered(row, settled);
      } else if (row.due_at && row.attempts == settled.attempt && event(row) == settled.event_id) {
        row.lease_until.reset();
        row.last_error = settlement.error;
        row.abandoned = settlement.kind == Settlement::Kind::given_up;
        row.due_at.reset();
        if (!row.abandoned) row.due_at = db_.now + settlement.delay;
      }
      return {};
    });
  }

  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override {
    return db_.call<std::vector<Delivery>>(
        "give_up_older_than", [&]() -> StoreResult<std::vector<Delivery>> {
          std::vector<Delivery> given_up;
          for (auto& [number, row] : db_.rows) {
            const bool is_leased = row.lease_until && *row.lease_until > db_.now;
            if (!row.due_at || is_leased || row.attempts == 0) continue;
            if (known_since(row) >= db_.now - age) continue;
            row.due_at.reset();
            row.lease_until.reset();
            row.abandoned = true;
            given_up.push_back(delivery(row));
          }
          return given_up;
        });
  }

  StoreResult<std::size_t> adopt(Seconds back) override {
    return db_.call<std::size_t>("adopt", [&]() -> StoreResult<std::size_t> {
      std::vector<FakeRow*> untold;
      for (auto& [number, row] : db_.rows) {
        if (is_untold(row) && told_since(row) > db_.now - back) untold.push_back(&row);
      }
      std::stable_sort(untold.begin(), untold.end(), [](const FakeRow* a, const FakeRow* b) {
        return told_since(*a) < told_since(*b);
      });
      untold.resize(std::min(untold.size(), most_adopted));
      for (FakeRow* row : untold) row->due_at = db_.now;
      return untold.size();
    });
  }

  StoreResult<std::optional<Seconds>> next_due_in() override {
    return db_.call<std::optional<Seconds>>(
        "next_due_in", [&]() -> StoreResult<std::optional<Seconds>> {
          std::optional<Seconds> next;
          for (const auto& [number, row] : db_.rows) {
            if (row.due_at) next = std::min(next.value_or(*row.due_at), *row.due_at);
          }
          if (next) next = std::max(Seconds{0}, *next - db_.now);
          return next;
        });
  }

  StoreResult<DeliveryCounts> counts() override {
    return db_.call<DeliveryCounts>("counts", [&]() -> StoreResult<DeliveryCounts> {
      DeliveryCounts counts;
      for (const auto& [number, row] : db_.rows) {
        if (row.severity == Severity::pending) {
          ++counts.pending;
          if (row.decide_at < db_.now - Seconds{5}) ++counts.overdue_verdicts;
        }
        if (!row.due_at) continue;
        ++counts.due;
        const Seconds age = db_.now - known_since(row);
        counts.oldest_due = std::max(counts.oldest_due.value_or(age), age);
      }
      return counts;
    });
  }

 private:
  static const std::string& event(const FakeRow& row) {
    return row.delivered ? row.resolution_id : row.alert.event_id;
  }

  static Delivery delivery(const FakeRow& row) {
    Delivery one;
    one.row = row.known.row;
    one.attempt = row.attempts;
    one.event_id = event(row);
    one.payload = row.alert.payload;
    one.matched = row.alert.matched;
    if (row.delivered) {
      one.resolves = row.alert.event_id;
      one.severity = Severity::info;
      one.known_by = row.known_by;
    } else {
      one.severity = row.severity;
      one.reason = row.reason;
      if (row.severity == Severity::info) one.known_by = row.known_by;
    }
    return one;
  }

  static bool is_untold(const FakeRow& row) {
    return !row.is_python && !row.due_at && !row.abandoned && row.attempts == 0 &&
           !row.resolution_delivered && row.severity != Severity::pending;
  }

  static Seconds told_since(const FakeRow& row) {
    return (row.delivered ? row.resolved_at : row.decided_at).value_or(Seconds{0});
  }

  static Seconds known_since(const FakeRow& row) {
    const auto since = row.delivered ? row.resolved_at : row.decided_at;
    return std::max(since.value_or(Seconds{0}), row.requeued_at.value_or(Seconds{0}));
  }

  void settle_delivered(FakeRow& row, const Delivery& settled) const {
    if (settled.event_id == row.alert.event_id && !row.delivered) {
      row.delivered = true;
      row.due_at.reset();
      if (!row.resolution_id.empty() && !row.resolution_delivered) {
        row.due_at = db_.now;
        row.attempts = 0;
      }
    } else if (settled.event_id == row.resolution_id && row.delivered) {
      row.resolution_delivered = true;
      row.due_at.reset();
    } else {
      return;
    }
    row.lease_until.reset();
    row.abandoned = false;
    row.last_error.clear();
  }

  FakeDatabase& db_;
};

class FakeAlertArchive final : public AlertArchive {
 public:
  explicit FakeAlertArchive(FakeDatabase& database) : db_(database) {}

  StoreResult<std::size_t> prune(Seconds retention, std::size_t most) override {
    return db_.call<std::size_t>("prune", [&]() -> StoreResult<std::size_t> {
      std::size_t pruned = 0;
      for (auto it = db_.rows.begin(); it != db_.rows.end() && pruned < most;) {
        const FakeRow& row = it->second;
        const bool is_open = row.severity == Severity::pending || row.due_at;
        if (!is_open && since(row) < db_.now - retention) {
          it = db_.rows.erase(it);
          ++pruned;
        } else {
          ++it;
        }
      }
      return pruned;
    });
  }

  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override {
    return db_.call<std::vector<AlertRow>>("list", [&]() -> StoreResult<std::vector<AlertRow>> {
      std::vector<AlertRow> all;
      for (const auto& [number, row] : db_.rows) {
        if (all.size() == filter.most) break;
        if (number <= filter.after_row || (filter.severity && row.severity != *filter.severity) ||
            (filter.since && since(row) < Seconds{static_cast<double>(*filter.since)})) {
          continue;
        }
        AlertRow one;
        one.row = number;
        one.event_id = row.alert.event_id;
        one.fingerprint = row.alert.identity.fingerprint;
        one.matched = row.alert.matched;
        one.issuer = row.alert.issuer.value_or("");
        one.severity = word(row.severity);
        one.known_by = row.known_by ? word(*row.known_by) : "";
        one.reason = row.reason ? word(*row.reason) : "";
        one.seen_at = row.alert.seen_at;
        one.recorded_at = static_cast<std::int64_t>(since(row).count());
        one.delivered = row.delivered;
        one.resolved = row.resolved_at.has_value();
        all.push_back(std::move(one));
      }
      return all;
    });
  }

  StoreResult<bool> requeue(std::int64_t number) override {
    return db_.call<bool>("requeue", [&]() -> StoreResult<bool> {
      const auto found = db_.rows.find(number);
      if (found == db_.rows.end() || found->second.is_python ||
          found->second.severity == Severity::pending) {
        return false;
      }
      FakeRow& row = found->second;
      row.abandoned = false;
      row.requeued_at = db_.now;
      if (!row.due_at) {
        row.attempts = 0;
        row.delivered = false;
        row.resolution_delivered = false;
      }
      const bool is_leased = row.due_at && row.lease_until && *row.lease_until > db_.now;
      if (!is_leased) row.due_at = db_.now;
      return true;
    });
  }

 private:
  static Seconds since(const FakeRow& row) {
    return row.is_python ? Seconds{static_cast<double>(row.alert.seen_at)} : row.recorded_at;
  }

  FakeDatabase& db_;
};

class FakeInventory final : public Inventory {
 public:
  explicit FakeInventory(FakeDatabase& database) : db_(database) {}

  StoreResult<std::optional<KnownBy>> known_by(const Identity& identity,
                                               const std::vector<std::string>& names) override {
    return db_.call<std::optional<KnownBy>>(
        "known_by", [&]() -> StoreResult<std::optional<KnownBy>> {
          return db_.known_by({identity.fingerprint}, identity.tbs_sha256, identity, names);
        });
  }

  StoreResult<bool> add(const InventoryCertificate& certificate) override {
    return db_.call<bool>("add", [&]() -> StoreResult<bool> {
      for (InventoryCertificate& one : db_.inventory) {
        if (one.fingerprint_sha1 != certificate.fingerprint_sha1) continue;
        if (one.tbs_sha256.empty()) one.tbs_sha256 = certificate.tbs_sha256;
        return false;
      }
      db_.inventory.push_back(certificate);
      return true;
    });
  }

  StoreResult<std::vector<InventoryCertificate>> list() override {
    return db_.call<std::vector<InventoryCertificate>>(
        "list", [&]() -> StoreResult<std::vector<InventoryCertificate>> {
          auto all = db_.inventory;
          std::stable_sort(all.begin(), all.end(),
                           [](const auto& a, const auto& b) { return a.added_at < b.added_at; });
          return all;
        });
  }

 private:
  FakeDatabase& db_;
};

class FakeWatchSource final : public WatchSource {
 public:
  explicit FakeWatchSource(FakeDatabase& database) : db_(database) {}

  StoreResult<void> visit(const EntryVisitor& visitor) override {
    return db_.call<void>("visit", [&]() -> StoreResult<void> {
      for (const auto& entry : db_.watch_list) visitor(entry);
      return {};
    });
  }

 private:
  FakeDatabase& db_;
};

}  // namespace certwatch
