#include "record/alert_store.h"

#include <algorithm>

#include "record/batch.h"
#include "record/refused_content.h"
#include "record/sqlite/alert_rows.h"
#include "record/sqlite/sqlite_stores.h"

namespace certwatch::sqlite {
namespace {

// A call stays short; the next one goes on where it ended.
constexpr std::int64_t most_resolved_at_once = 2000;

class SqliteAlertStore final : public AlertStore {
 public:
  explicit SqliteAlertStore(const std::string& path) : db_(path) {}

  void hurry() override { db_.hurry(); }

  StoreResult<void> check_schema() override {
    if (auto begun = db_.begin("check the tables"); !begun) return begun;
    for (const char* table :
         {"SELECT payload FROM alerts LIMIT 0", "SELECT sans FROM certs LIMIT 0",
          "SELECT fqdn FROM intent_current LIMIT 0"}) {
      db_.run(table);
    }
    return db_.result();
  }

  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& place,
                                            const JudgeOptions& options) override {
    if (alerts.empty()) return std::vector<Recorded>();
    return record_despite_refusal(alerts, [&](std::span<const NewAlert> some) {
      return record_together(some, place, options);
    });
  }

  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                              std::size_t most) override {
    if (auto begun = db_.begin("give verdicts"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    const auto is_due = [&](std::int64_t limit) {
      std::vector<std::int64_t> due;
      Query query = db_.query(
          "SELECT id FROM alerts WHERE severity = 'pending' AND decide_at <= ?1"
          " ORDER BY decide_at, id LIMIT ?2",
          now, limit);
      while (query.next()) due.push_back(query.integer(0));
      return due;
    };
    // Without a write lock where there is nothing to write.
    if (is_due(1).empty()) return db_.result(std::vector<Verdict>());
    Transaction transaction(db_);
    BatchJudgement judgement = judge(is_due(static_cast<std::int64_t>(most)), now, options);
    transaction.commit();
    return db_.result(values(std::move(judgement.verdicts)));
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override {
    if (auto begun = db_.begin("resolve alerts"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    const std::vector<std::int64_t> unresolved = next_unresolved(now - window);
    std::vector<Found> found;
    for (const std::int64_t row : unresolved) {
      const auto open = rows_.read_open(row, now);
      if (!open) continue;
      if (const auto known_by = look_up(db_, open->wanted)) {
        found.push_back({row, *known_by, open->standing.is_conflict});
      }
    }
    std::stable_partition(found.begin(), found.end(),
                          [](const Found& one) { return one.is_conflict; });
    std::map<std::int64_t, Verdict> resolved;
    if (!found.empty()) {
      Transaction transaction(db_);
      for (const Found& one : found) {
        if (!rows_.resolve(one.row, one.known_by, now, options.deliver)) continue;
        resolved.insert_or_assign(one.row, rows_.read_verdict(one.row));
        if (one.is_conflict && is_certain(one.known_by))
          take_serial(one.row, now, options, resolved);
      }
      transaction.commit();
    }
    return db_.result(values(std::move(resolved)));
  }

 private:
  struct Found {
    std::int64_t row;
    KnownBy known_by;
    bool is_conflict;
  };

  static std::vector<Verdict> values(std::map<std::int64_t, Verdict> verdicts) {
    std::vector<Verdict> all;
    for (auto& [row, verdict] : verdicts) all.push_back(std::move(verdict));
    return all;
  }

  StoreResult<std::vector<Recorded>> record_together(std::span<const NewAlert> alerts,
                                                     const Placer& place,
                                                     const JudgeOptions& options) {
    if (auto begun = db_.begin("record"); !begun) return tl::unexpected(begun.error());
    Transaction transaction(db_);
    const Seconds now = Database::now();
    const std::vector<RowOnRecord> rows = rows_.find(alerts);
    if (db_.failed()) return db_.result(std::vector<Recorded>());
    const BatchPlan plan = plan_batch(alerts, rows, place);
    std::vector<std::int64_t> numbers;
    std::vector<std::int64_t> touched;
    for (const NewRow& row : plan.new_rows) {
      numbers.push_back(rows_.insert(alerts[row.alert], row, now, options.grace));
      touched.push_back(numbers.back());
    }
    for (const Amendment& amendment : plan.amendments) {
      rows_.amend(amendment);
      if (amendment.may_become_ours) touched.push_back(amendment.row);
    }
    BatchJudgement judgement = judge(touched, now, options);
    transaction.commit();
    if (db_.failed()) return db_.result(std::vector<Recorded>());
    return recorded_batch(alerts, rows, plan, numbers, std::move(judgement));
  }

  // Conflicts first: what is certain among them takes the serial before its rivals are judged.
  BatchJudgement judge(std::vector<std::int64_t> numbers, Seconds now,
                       const JudgeOptions& options) {
    std::stable_partition(numbers.begin(), numbers.end(),
                          [this](std::int64_t number) { return rows_.is_conflict(number); });
    BatchJudgement judgement;
    for (const std::int64_t number : numbers) {
      const auto row = rows_.read_open(number, now);
      if (!row || db_.failed()) continue;
      const auto known_by = look_up(db_, row->wanted);
      if (row->severity != Severity::pending) {
        if (is_certain(known_by)) rows_.confirm(number);
        continue;
      }
      const Ruling ruling = rule(row->standing, known_by);
      if (ruling.severity == Severity::pending) continue;
      if (ruling.vanishes) {
        rows_.vanish(number, *row);
        judgement.vanished.emplace(number, *row->confirms);
        continue;
      }
      rows_.write_verdict(number, ruling, now, options.deliver);
      judgement.verdicts.emplace(number, rows_.read_verdict(number));
      if (row->standing.is_conflict && is_certain(ruling.known_by)) {
        take_serial(number, now, options, judgement.verdicts);
      }
    }
    return judgement;
  }

  void take_serial(std::int64_t number, Seconds now, const JudgeOptions& options,
                   std::map<std::int64_t, Verdict>& verdicts) {
    for (Verdict& verdict : rows_.take_serial(number, now, options.deliver)) {
      verdicts.insert_or_assign(verdict.row, std::move(verdict));
    }
  }

  std::vector<std::int64_t> next_unresolved(Seconds since) {
    std::vector<std::int64_t> rows;
    Query query = db_.query(
        "SELECT id FROM alerts WHERE severity = 'suspicious' AND resolved_at IS NULL"
        " AND decided_at > ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        since, resolved_up_to_, most_resolved_at_once);
    while (query.next()) rows.push_back(query.integer(0));
    const bool is_last = rows.size() < static_cast<std::size_t>(most_resolved_at_once);
    resolved_up_to_ = is_last ? 0 : rows.back();
    return rows;
  }

  Database db_;
  AlertRows rows_{db_};
  // The last row that resolve_late() looked at; 0: begins anew.
  std::int64_t resolved_up_to_ = 0;
};

}  // namespace

std::unique_ptr<AlertStore> open_alert_store(const std::string& path) {
  return std::make_unique<SqliteAlertStore>(path);
}

}  // namespace certwatch::sqlite
