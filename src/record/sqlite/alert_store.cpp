#include "record/alert_store.h"

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
    std::vector<Verdict> verdicts;
    for (auto& [row, verdict] : judgement.verdicts) verdicts.push_back(std::move(verdict));
    return db_.result(std::move(verdicts));
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override {
    if (auto begun = db_.begin("resolve alerts"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    const std::vector<std::int64_t> unresolved = next_unresolved(now - window);
    std::vector<std::pair<std::int64_t, KnownBy>> found;
    for (const std::int64_t row : unresolved) {
      const auto open = rows_.read_open(row, now);
      if (!open) continue;
      if (const auto known_by = look_up(db_, open->wanted)) found.emplace_back(row, *known_by);
    }
    std::vector<Verdict> resolved;
    if (!found.empty()) {
      Transaction transaction(db_);
      for (const auto& [row, known_by] : found) {
        if (!rows_.resolve(row, known_by, now, options.deliver)) continue;
        resolved.push_back(rows_.read_verdict(row));
      }
      transaction.commit();
    }
    return db_.result(std::move(resolved));
  }

 private:
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

  BatchJudgement judge(const std::vector<std::int64_t>& numbers, Seconds now,
                       const JudgeOptions& options) {
    BatchJudgement judgement;
    for (const std::int64_t number : numbers) {
      const auto row = rows_.read_open(number, now);
      if (!row || db_.failed()) continue;
      const auto known_by = look_up(db_, row->wanted);
      if (row->severity != Severity::pending) {
        if (known_by && known_by != KnownBy::serial) rows_.confirm(number);
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
    }
    return judgement;
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
