// Fakes of the record ports over one FakeDatabase. They keep the promises of the ports (the
// contract suites run against them, too) and can be told to fail before or after their effect.
#pragma once

#include <algorithm>

#include "base/uuid.h"
#include "model/serial.h"
#include "record/alert_archive.h"
#include "record/alert_content.h"
#include "record/delivery_store.h"
#include "record/inventory.h"
#include "record/ledger_store.h"
#include "record/watch_source.h"
#include "support/fake_database.h"

namespace certwatch {

class FakeLedgerStore final : public LedgerStore {
 public:
  explicit FakeLedgerStore(FakeDatabase& database) : db_(database) {}

  StoreResult<void> check_schema() override {
    return db_.call<void>("check_schema", [] { return StoreResult<void>(); });
  }

  StoreResult<ledger::Snapshot> look(const Identities& wanted) override {
    return db_.call<ledger::Snapshot>(
        "look", [&]() -> StoreResult<ledger::Snapshot> { return snapshot(wanted); });
  }

  StoreResult<RowNumbers> change(const Identities& wanted, const Decide& decide) override {
    return db_.call<RowNumbers>("change", [&]() -> StoreResult<RowNumbers> {
      ledger::Snapshot found = snapshot(wanted);
      for (const IssuanceRow& row : found.rows) {
        if (db_.locked_rows.contains(row.id)) {
          return store_failure(StoreError::Kind::too_slow, "change: a row is locked");
        }
      }
      const ledger::Changes changes = decide(std::move(found));
      if (std::any_of(changes.inserts.begin(), changes.inserts.end(), is_refused)) {
        return store_failure(StoreError::Kind::refused, "change: invalid JSON");
      }
      return apply(changes);
    });
  }

  StoreResult<std::vector<IssuanceRow>> pick_overdue(std::size_t most) override {
    return db_.call<std::vector<IssuanceRow>>(
        "pick_overdue", [&]() -> StoreResult<std::vector<IssuanceRow>> {
          std::vector<IssuanceRow> overdue;
          for (const auto& [number, row] : db_.rows) {
            if (row.issuance.severity == Severity::pending &&
                row.issuance.decide_at <= db_.time() && !db_.locked_rows.contains(number)) {
              overdue.push_back(row.issuance);
            }
          }
          std::stable_sort(overdue.begin(), overdue.end(), [](const auto& one, const auto& other) {
            return one.decide_at < other.decide_at;
          });
          overdue.resize(std::min(overdue.size(), most));
          return overdue;
        });
  }

  StoreResult<std::vector<IssuanceRow>> pick_unresolved(Seconds window, std::int64_t after,
                                                        std::size_t most) override {
    return db_.call<std::vector<IssuanceRow>>(
        "pick_unresolved", [&]() -> StoreResult<std::vector<IssuanceRow>> {
          std::vector<IssuanceRow> unresolved;
          for (auto it = db_.rows.upper_bound(after);
               it != db_.rows.end() && unresolved.size() < most; ++it) {
            const FakeRow& row = it->second;
            if (row.issuance.severity == Severity::suspicious && !row.resolved_at &&
                row.decided_at && *row.decided_at > db_.now - window) {
              unresolved.push_back(row.issuance);
            }
          }
          return unresolved;
        });
  }

 private:
  // What a database refuses some of.
  static bool is_refused(const ledger::NewRow& row) {
    const auto* const content = std::get_if<const AlertContent*>(&row.content);
    return content != nullptr && !(*content)->sans.ends_with(']');
  }

  static bool contains(const std::vector<std::string>& texts, const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  }

  ledger::Snapshot snapshot(const Identities& wanted) const {
    ledger::Snapshot found;
    found.now = db_.time();
    Identities all = wanted;
    for (const std::int64_t number : matching_rows(wanted, found.crowded_keys)) {
      found.rows.push_back(db_.rows.at(number).issuance);
      all.add(found.rows.back());
    }
    found.inventory_answered = !db_.inventory_is_silent;
    for (const InventoryCertificate& one : db_.inventory) {
      if (found.inventory_answered && shares(one, all)) found.inventory.push_back(one);
    }
    for (const auto& [name, announcement] : db_.announcements) {
      if (db_.is_in_force(name)) found.destinations.push_back({name, announcement.least});
    }
    for (const auto& [id, one] : db_.deliveries) {
      const auto is_its = [&one = one](const IssuanceRow& row) { return row.id == one.alert; };
      if (one.kind == DeliveryKind::verdict &&
          std::any_of(found.rows.begin(), found.rows.end(), is_its)) {
        found.deliveries.push_back(
            {one.alert, one.destination, one.standing.abandoned_at.has_value()});
      }
    }
    return found;
  }

  std::set<std::int64_t> matching_rows(const Identities& wanted,
                                       std::vector<std::string>& crowded_keys) const {
    std::set<std::int64_t> found;
    // Returns false where there are more than a snapshot holds.
    const auto add = [&](const auto& is_wanted) {
      std::vector<const IssuanceRow*> rows;
      for (const auto& [number, row] : db_.rows) {
        if (is_wanted(row.issuance)) rows.push_back(&row.issuance);
      }
      std::stable_sort(rows.begin(), rows.end(), [](const auto* one, const auto* other) {
        return std::pair(!one->is_certain, one->is_quiet()) <
               std::pair(!other->is_certain, other->is_quiet());
      });
      const std::size_t kept = std::min(rows.size(), ledger::most_rows_of_a_key);
      for (std::size_t i = 0; i < kept; ++i) found.insert(rows[i]->id);
      return kept == rows.size();
    };
    for (const std::string& one : wanted.fingerprints) {
      add([&](const IssuanceRow& row) {
        return std::any_of(all_sorts.begin(), all_sorts.end(), [&](Sort sort) {
          return contains(row.computed[sort], one) || contains(row.claimed[sort], one);
        });
      });
    }
    for (const std::string& one : wanted.tbs_sha256) {
      add([&](const IssuanceRow& row) { return row.tbs_sha256 == one; });
    }
    for (const SerialKey& one : wanted.serial_keys) {
      if (!add([&](const IssuanceRow& row) { return row.serial_key == one; })) {
        crowded_keys.push_back(one.text());
      }
    }
    for (const std::string& one : wanted.source_keys) {
      add([&](const IssuanceRow& row) { return row.source_key == one; });
    }
    for (const std::string& one : wanted.event_ids) {
      add([&](const IssuanceRow& row) { return row.event_id == one; });
    }
    return found;
  }

  static bool shares(const InventoryCertificate& one, const Identities& all) {
    const auto has_serial = [&one](const SerialKey& key) {
      return normal_serial(one.serial) == key.serial && one.not_before == key.not_before &&
             one.not_after == key.not_after;
    };
    return contains(all.fingerprints, one.fingerprint_sha1) ||
           contains(all.tbs_sha256, one.tbs_sha256) ||
           std::any_of(all.serial_keys.begin(), all.serial_keys.end(), has_serial);
  }

  RowNumbers apply(const ledger::Changes& changes) {
    RowNumbers numbers;
    std::map<std::int64_t, std::int64_t> number_of;
    for (const ledger::NewRow& row : changes.inserts) {
      numbers.push_back(db_.next_row());
      number_of[row.row.id] = numbers.back();
    }
    const auto number = [&number_of](std::int64_t id) { return id < 0 ? number_of.at(id) : id; };
    const auto write = [&](const IssuanceRow& row) -> FakeRow& {
      FakeRow& written = db_.rows[number(row.id)];
      written.issuance = row;
      written.issuance.id = number(row.id);
      if (row.conflict_with) written.issuance.conflict_with = number(*row.conflict_with);
      if (row.refutes) written.issuance.refutes = number(*row.refutes);
      written.issuance.matched = written.content.matched;
      return written;
    };
    for (const ledger::NewRow& row : changes.inserts) {
      const std::int64_t inserted = number(row.row.id);
      db_.rows[inserted].recorded_at = db_.now;
      db_.rows[inserted].content = content_of(row, number);
      write(row.row);
    }
    for (const IssuanceRow& row : changes.updates) write(row);
    for (const std::int64_t row : changes.decided) db_.rows.at(number(row)).decided_at = db_.now;
    for (const std::int64_t row : changes.resolved) db_.rows.at(number(row)).resolved_at = db_.now;
    for (const ledger::NewDelivery& one : changes.deliveries) {
      FakeDelivery delivery{db_.next_delivery(), number(one.row), one.kind, one.event_id,
                            one.destination,     db_.time(),      {}};
      delivery.standing.due_at = db_.time();
      db_.deliveries.emplace(delivery.id, delivery);
    }
    return numbers;
  }

  template <class Number>
  AlertContent content_of(const ledger::NewRow& row, const Number& number) const {
    if (const auto* const own = std::get_if<const AlertContent*>(&row.content)) return **own;
    const auto& copied = std::get<ledger::ContentOfRow>(row.content);
    AlertContent content = db_.rows.at(number(copied.row)).content;
    if (copied.claimed_fingerprint) {
      content.fingerprint = *copied.claimed_fingerprint;
      content.identity_facts =
          claimed_identity_facts(*copied.claimed_fingerprint, copied.is_precertificate);
    }
    return content;
  }

  FakeDatabase& db_;
};

class FakeDeliveryStore final : public DeliveryStore {
 public:
  explicit FakeDeliveryStore(FakeDatabase& database) : db_(database) {}

  StoreResult<void> announce(std::span<const Destination> destinations) override {
    return db_.call<void>("announce", [&]() -> StoreResult<void> {
      for (const Destination& one : destinations) {
        db_.announcements[one.name] = {one.least, db_.now};
      }
      return {};
    });
  }

  StoreResult<std::vector<Delivery>> claim(const std::string& destination, std::size_t most,
                                           Seconds lease) override {
    return db_.call<std::vector<Delivery>>("claim", [&]() -> StoreResult<std::vector<Delivery>> {
      std::vector<FakeDelivery*> due = claimable(destination);
      std::erase_if(due, [this](const auto* one) { return *one->standing.due_at > db_.time(); });
      std::stable_sort(due.begin(), due.end(), [](const auto* one, const auto* other) {
        return *one->standing.due_at < *other->standing.due_at;
      });
      due.resize(std::min(due.size(), most));
      std::vector<Delivery> claimed;
      for (FakeDelivery* one : due) {
        ++one->standing.attempts;
        one->standing.due_at = one->standing.lease_until = db_.time() + to_nanoseconds(lease);
        claimed.push_back(told(*one));
      }
      return claimed;
    });
  }

  StoreResult<void> settle(const Delivery& delivery, const Settlement& settlement) override {
    return db_.call<void>("settle", [&]() -> StoreResult<void> {
      const auto found = db_.deliveries.find(delivery.id);
      if (found == db_.deliveries.end()) return {};
      if (db_.locked_rows.contains(found->second.alert)) {
        return store_failure(StoreError::Kind::too_slow, "settle: a row is locked");
      }
      db_.write(found->second,
                ledger::settled(found->second.standing, delivery.attempt, settlement, db_.time()));
      return {};
    });
  }

  StoreResult<std::vector<Delivery>> give_up_older_than(Seconds age) override {
    return db_.call<std::vector<Delivery>>(
        "give_up_older_than", [&]() -> StoreResult<std::vector<Delivery>> {
          std::vector<Delivery> given_up;
          for (auto& [id, one] : db_.deliveries) {
            if (!ledger::is_too_old(one.standing, one.told_since, age,
                                    db_.is_in_force(one.destination), db_.time())) {
              continue;
            }
            ledger::DeliveryStanding standing = one.standing;
            standing.due_at.reset();
            standing.lease_until.reset();
            standing.abandoned_at = db_.time();
            db_.write(one, standing);
            given_up.push_back(told(one));
          }
          return given_up;
        });
  }

  StoreResult<std::optional<Seconds>> next_due_in(const std::string& destination) override {
    return db_.call<std::optional<Seconds>>(
        "next_due_in", [&]() -> StoreResult<std::optional<Seconds>> {
          std::optional<Seconds> next;
          for (const FakeDelivery* one : claimable(destination)) {
            const Seconds wait = std::max(Seconds{0}, Seconds(*one->standing.due_at - db_.time()));
            next = std::min(next.value_or(wait), wait);
          }
          return next;
        });
  }

  StoreResult<OpenCounts> counts() override {
    return db_.call<OpenCounts>("counts", [&]() -> StoreResult<OpenCounts> {
      OpenCounts counts;
      for (const auto& [number, row] : db_.rows) {
        if (row.issuance.severity != Severity::pending) continue;
        ++counts.pending;
        if (row.issuance.decide_at < db_.time() - std::chrono::seconds(5)) {
          ++counts.overdue_verdicts;
        }
      }
      for (const auto& [name, announcement] : db_.announcements) {
        if (db_.is_in_force(name)) counts.due[name] = {};
      }
      for (const auto& [id, one] : db_.deliveries) {
        const auto due = counts.due.find(one.destination);
        if (!one.standing.due_at || due == counts.due.end()) continue;
        const SystemTime since =
            std::max(one.told_since, one.standing.requeued_at.value_or(one.told_since));
        ++due->second.deliveries;
        due->second.oldest = std::max(due->second.oldest, Seconds(db_.time() - since));
      }
      return counts;
    });
  }

 private:
  // What is due now or later, in order of id: no correction before its verdict is settled.
  std::vector<FakeDelivery*> claimable(const std::string& destination) {
    std::vector<FakeDelivery*> all;
    for (auto& [id, one] : db_.deliveries) {
      if (one.destination != destination || !one.standing.due_at) continue;
      const auto is_its_verdict = [&one = one](const auto& other) {
        return other.second.alert == one.alert && other.second.destination == one.destination &&
               other.second.kind == DeliveryKind::verdict && other.second.standing.due_at;
      };
      if (one.kind == DeliveryKind::verdict ||
          std::none_of(db_.deliveries.begin(), db_.deliveries.end(), is_its_verdict)) {
        all.push_back(&one);
      }
    }
    return all;
  }

  Delivery told(const FakeDelivery& one) const {
    const FakeRow& row = db_.rows.at(one.alert);
    Delivery told;
    told.id = one.id;
    told.alert = one.alert;
    told.attempt = one.standing.attempts;
    told.destination = one.destination;
    told.kind = one.kind;
    told.event_id = one.event_id;
    told.conflicts_with = event_of(row.issuance.conflict_with);
    told.refutes = event_of(row.issuance.refutes);
    told.importance = importance_of(row.issuance.severity);
    told.identity_facts = row.content.identity_facts;
    told.message_facts = row.content.message_facts;
    told.matched = row.content.matched;
    if (one.kind == DeliveryKind::resolution) {
      told.resolves = row.issuance.event_id;
      told.severity = Severity::info;
      told.known_by = row.issuance.known_by;
    } else {
      told.severity = row.issuance.severity;
      told.reason = row.issuance.reason;
      if (told.severity == Severity::info) told.known_by = row.issuance.known_by;
    }
    return told;
  }

  std::optional<std::string> event_of(std::optional<std::int64_t> row) const {
    if (!row || !db_.rows.contains(*row)) return std::nullopt;
    return db_.rows.at(*row).issuance.event_id;
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
        const auto is_its = [number = it->first](const auto& one) {
          return one.second.alert == number;
        };
        const bool is_due =
            std::any_of(db_.deliveries.begin(), db_.deliveries.end(),
                        [&](const auto& one) { return is_its(one) && one.second.standing.due_at; });
        if (is_due || it->second.issuance.severity == Severity::pending ||
            it->second.recorded_at >= db_.now - retention) {
          ++it;
          continue;
        }
        std::erase_if(db_.deliveries, is_its);
        it = db_.rows.erase(it);
        ++pruned;
      }
      return pruned;
    });
  }

  StoreResult<std::vector<AlertRow>> list(const AlertFilter& filter) override {
    return db_.call<std::vector<AlertRow>>("list", [&]() -> StoreResult<std::vector<AlertRow>> {
      std::vector<AlertRow> all;
      for (const auto& [number, row] : db_.rows) {
        if (all.size() == filter.most) break;
        if (number <= filter.after_row ||
            (filter.severity && row.issuance.severity != *filter.severity) ||
            (filter.since && row.recorded_at < Seconds{static_cast<double>(*filter.since)})) {
          continue;
        }
        all.push_back(shown(row));
      }
      return all;
    });
  }

  StoreResult<std::vector<AlertRow>> judged_since(double changed_at, std::size_t most) override {
    return db_.call<std::vector<AlertRow>>(
        "judged_since", [&]() -> StoreResult<std::vector<AlertRow>> {
          std::vector<AlertRow> all;
          for (const auto& [number, row] : db_.rows) {
            if (row.decided_at && shown(row).changed_at >= changed_at) all.push_back(shown(row));
          }
          std::stable_sort(all.begin(), all.end(), [](const AlertRow& one, const AlertRow& other) {
            return one.changed_at < other.changed_at;
          });
          all.resize(std::min(all.size(), most));
          return all;
        });
  }

  StoreResult<bool> requeue(std::int64_t number,
                            const std::optional<std::string>& destination) override {
    return db_.call<bool>("requeue", [&]() -> StoreResult<bool> {
      const auto found = db_.rows.find(number);
      if (found == db_.rows.end() || found->second.issuance.is_of_python_service() ||
          found->second.issuance.severity == Severity::pending) {
        return false;
      }
      std::set<std::string> destinations;
      std::string resolution_id = random_uuid();
      for (const auto& [id, one] : db_.deliveries) {
        if (one.alert != number) continue;
        destinations.insert(one.destination);
        if (one.kind == DeliveryKind::resolution) resolution_id = one.event_id;
      }
      if (destination) destinations = {*destination};
      for (const std::string& name : destinations) {
        tell_again(number, DeliveryKind::verdict, found->second.issuance.event_id, name);
        if (found->second.resolved_at) {
          tell_again(number, DeliveryKind::resolution, resolution_id, name);
        }
      }
      return !destinations.empty();
    });
  }

 private:
  AlertRow shown(const FakeRow& row) const {
    const IssuanceRow& issuance = row.issuance;
    AlertRow one;
    one.row = issuance.id;
    one.event_id = issuance.event_id;
    one.fingerprint = row.content.fingerprint;
    one.matched = row.content.matched;
    one.issuer = row.content.issuer.value_or("");
    one.severity = word(issuance.severity);
    one.known_by = issuance.known_by ? word(*issuance.known_by) : "";
    one.reason = issuance.reason ? word(*issuance.reason) : "";
    one.kind = word(AlertKind::issuance);
    one.importance = word(importance_of(issuance.severity));
    one.seen_at = row.content.seen_at;
    one.recorded_at = static_cast<std::int64_t>(row.recorded_at.count());
    one.changed_at = row.resolved_at.value_or(row.decided_at.value_or(Seconds{0})).count();
    one.delivered = row.delivered;
    one.resolved = row.resolved_at.has_value();
    return one;
  }

  void tell_again(std::int64_t alert, DeliveryKind kind, const std::string& event_id,
                  const std::string& destination) {
    for (auto& [id, one] : db_.deliveries) {
      if (one.event_id != event_id || one.destination != destination) continue;
      return db_.write(one, ledger::requeued(one.standing, db_.time()));
    }
    FakeDelivery added{db_.next_delivery(), alert, kind, event_id, destination, db_.time(), {}};
    added.standing.due_at = db_.time();
    db_.deliveries.emplace(added.id, added);
  }

  FakeDatabase& db_;
};

class FakeInventory final : public Inventory {
 public:
  explicit FakeInventory(FakeDatabase& database) : db_(database) {}

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
