#include "record/postgres/alert_store.h"

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "record/batch.h"
#include "record/postgres/alert_rows.h"
#include "record/postgres/alert_sql.h"
#include "record/postgres/schema_check.h"
#include "record/postgres/session.h"
#include "record/refused_content.h"

namespace certwatch::postgres {
namespace {

// How long recording waits for the inventory.
constexpr const char* inventory_patience = "1s";
constexpr const char* inventory_patience_in_haste = "300ms";
// Giving verdicts waits in nobody's way but that of the next verdicts, and is tried again.
constexpr const char* verdict_lock_patience = "2s";
constexpr const char* verdict_patience = "15s";
// A call stays short, and so does each of its statements; the next call goes on where it ended.
constexpr int most_resolved_at_once = 2000;
constexpr std::size_t resolved_in_a_statement = 500;
constexpr const char* undefined_column = "42703";

// Keys of advisory locks; sorted, so that two sessions never wait for each other.
std::vector<std::int64_t> lock_keys(const BatchIdentities& identities) {
  std::vector<std::int64_t> keys;
  const auto add = [&keys](std::string_view kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      Sha256OfParts hash;
      const std::string digest = hash.add("certwatch").add(kind).add(value).digest();
      std::int64_t key = 0;
      std::memcpy(&key, digest.data(), sizeof key);
      keys.push_back(key);
    }
  };
  add("fingerprint", identities.fingerprints);
  add("tbs", identities.tbs_sha256);
  add("serial key", identities.serial_keys);
  add("source key", identities.source_keys);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::vector<std::string> event_ids(std::span<const NewAlert> alerts) {
  std::vector<std::string> ids;
  for (const NewAlert& alert : alerts) ids.push_back(alert.event_id);
  return ids;
}

Parameters insertion(const NewAlert& alert, const NewRow& row, Seconds grace) {
  Parameters p;
  p.text(alert.identity.fingerprint).text(alert.sans).text(alert.matched);
  p.optional_text(alert.issuer).integer(alert.seen_at).text(alert.event_id).text(alert.payload);
  p.seconds(grace).texts(row.known.fingerprints).text_unless_empty(row.known.tbs_sha256);
  p.text_unless_empty(row.known.serial_key).text_unless_empty(row.known.source_key);
  p.text_unless_empty(row.identity.serial).optional_integer(row.identity.not_before);
  p.optional_integer(row.identity.not_after).boolean(row.identity.is_precertificate);
  p.boolean(row.identity.may_be_ours_by_serial).boolean(row.is_conflict);
  p.optional_integer(row.known.confirms).boolean(row.known.has_certificate);
  return p;
}

Parameters addition(const Amendment& amendment) {
  Parameters p;
  p.integer(amendment.row).texts(amendment.fingerprints);
  p.text_unless_empty(amendment.tbs_sha256).text_unless_empty(amendment.serial_key);
  p.text_unless_empty(amendment.serial).optional_integer(amendment.not_before);
  p.optional_integer(amendment.not_after).boolean(amendment.only_precertificates);
  p.boolean(amendment.may_be_ours_by_serial).boolean(amendment.has_certificate);
  return p;
}

// Event ids.
struct ToJudge {
  std::vector<std::string> conflicts;
  std::vector<std::string> others;

  void add(std::string event_id, bool is_conflict) {
    (is_conflict ? conflicts : others).push_back(std::move(event_id));
  }
  bool empty() const { return conflicts.empty() && others.empty(); }
};

}  // namespace

class PostgresAlertStore::Implementation {
 public:
  explicit Implementation(Secret dsn) : session_(std::move(dsn)) {}

  Session& session() { return session_; }

  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& place,
                                            const JudgeOptions& options) {
    if (alerts.empty()) return std::vector<Recorded>();
    return record_despite_refusal(alerts, [&](std::span<const NewAlert> some) {
      return record_together(some, place, options);
    });
  }

  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options, std::size_t most) {
    return give_verdicts(options, most);
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window, const JudgeOptions& options) {
    Parameters wanted;
    wanted.seconds(window).integer(resolved_up_to_).integer(most_resolved_at_once);
    auto unresolved = begin_verdicts("resolve alerts", pick_unresolved, std::move(wanted));
    if (!unresolved) return tl::unexpected(unresolved.error());
    const int rows = unresolved->rows();
    resolved_up_to_ = rows < most_resolved_at_once ? 0 : unresolved->integer(rows - 1, 0);
    std::vector<std::int64_t> conflicts;
    std::vector<std::int64_t> others;
    std::vector<std::string> events;
    for (int row = 0; row < rows; ++row) {
      if (unresolved->is_null(row, 1)) {
        others.push_back(unresolved->integer(row, 0));
      } else {
        conflicts.push_back(unresolved->integer(row, 0));
        events.push_back(unresolved->text(row, 1));
      }
    }
    std::vector<Question> questions;
    ask_to_resolve(conflicts, options, questions);
    if (!events.empty()) {
      questions.push_back({take_serial, Parameters().texts(events).boolean(options.deliver)});
    }
    ask_to_resolve(others, options, questions);
    return finish_verdicts(std::move(questions));
  }

 private:
  using Results = StoreResult<std::vector<Recorded>>;

  StoreResult<std::vector<Verdict>> give_verdicts(const JudgeOptions& options, std::size_t most) {
    auto due = begin_verdicts("give verdicts", pick_overdue,
                              Parameters().integer(static_cast<std::int64_t>(most)));
    if (!due) return tl::unexpected(due.error());
    if (due->rows() == 0) {
      session_.roll_back();
      return std::vector<Verdict>();
    }
    ToJudge events;
    for (int row = 0; row < due->rows(); ++row) {
      events.add(due->text(row, 0), due->boolean(row, 1));
    }
    std::vector<Question> questions;
    ask_to_judge(events, options, questions);
    return finish_verdicts(std::move(questions));
  }

  // Conflicts first: what is certain among them takes the serial before its rivals are judged.
  void ask_to_judge(const ToJudge& events, const JudgeOptions& options,
                    std::vector<Question>& questions) {
    if (!events.conflicts.empty()) {
      const Parameters conflicts = Parameters().texts(events.conflicts).boolean(options.deliver);
      questions.push_back({judge(shape_), conflicts});
      questions.push_back({take_serial, conflicts});
    }
    if (!events.others.empty()) {
      questions.push_back(
          {judge(shape_), Parameters().texts(events.others).boolean(options.deliver)});
    }
  }

  void ask_to_resolve(std::span<const std::int64_t> rows, const JudgeOptions& options,
                      std::vector<Question>& questions) {
    for (std::size_t from = 0; from < rows.size(); from += resolved_in_a_statement) {
      const auto some = rows.subspan(from, std::min(resolved_in_a_statement, rows.size() - from));
      questions.push_back({resolve(shape_), Parameters().integers(some).boolean(options.deliver)});
    }
  }

  tl::unexpected<StoreError> give_up(const Round& round) {
    session_.roll_back();
    return round.error();
  }

  // Both, as a transaction: what is to be judged, then (finish_verdicts) the verdicts.
  StoreResult<Answer> begin_verdicts(const char* operation, const Statement& pick,
                                     Parameters parameters) {
    if (auto begun = session_.begin(operation); !begun) return tl::unexpected(begun.error());
    Round round = session_.ask({
        {begin_transaction, {}},
        {limit_locks_in_transaction, Parameters().text(verdict_lock_patience)},
        {limit_statement_in_transaction, Parameters().text(verdict_patience)},
        {find_inventory_shape, {}},
        {pick, std::move(parameters)},
    });
    if (!round.ok()) return give_up(round);
    note_shape(round.answers[3]);
    return std::move(round.answers[4]);
  }

  StoreResult<std::vector<Verdict>> finish_verdicts(std::vector<Question> questions) {
    const std::size_t answers = questions.size();
    questions.push_back({limit_statement_in_transaction, Parameters().text("0")});
    questions.push_back({commit_transaction, {}});
    const Round round = session_.ask(questions);
    if (!round.ok()) return give_up(round);
    BatchJudgement judgement;
    for (std::size_t i = 0; i < answers; ++i) read_judgement(round.answers[i], judgement);
    std::vector<Verdict> verdicts;
    for (auto& [row, verdict] : judgement.verdicts) verdicts.push_back(std::move(verdict));
    return verdicts;
  }

  void note_shape(const Answer& answer) {
    shape_ = {answer.boolean(0, 0), answer.boolean(0, 1)};
    knows_shape_on_ = session_.connections();
  }

  // The rows that the batch may belong to, under locks on all its identities.
  StoreResult<std::vector<RowOnRecord>> begin_recording(std::span<const NewAlert> alerts) {
    if (auto begun = session_.begin("record"); !begun) {
      return tl::unexpected(begun.error());
    }
    const BatchIdentities identities = identities_of(alerts);
    std::vector<Question> questions;
    questions.push_back({begin_transaction, {}});
    questions.push_back({lock_identities, Parameters().integers(lock_keys(identities))});
    Parameters wanted;
    wanted.texts(identities.tbs_sha256).texts(identities.serial_keys);
    wanted.texts(identities.source_keys).texts(identities.fingerprints).texts(event_ids(alerts));
    questions.push_back({find_rows, std::move(wanted)});
    const bool ask_shape = knows_shape_on_ != session_.connections();
    if (ask_shape) questions.push_back({find_inventory_shape, {}});
    const Round round = session_.ask(questions);
    if (!round.ok()) return give_up(round);
    if (ask_shape) note_shape(round.answers[3]);
    return read_rows(round.answers[2]);
  }

  Results record_together(std::span<const NewAlert> alerts, const Placer& place,
                          const JudgeOptions& options) {
    const auto rows = begin_recording(alerts);
    if (!rows) return tl::unexpected(rows.error());
    const BatchPlan plan = plan_batch(alerts, *rows, place);
    if (plan.new_rows.empty() && plan.amendments.empty()) {
      session_.roll_back();
      return recorded_batch(alerts, *rows, plan, {}, {});
    }
    return write(alerts, *rows, plan, options);
  }

  Results write(std::span<const NewAlert> alerts, std::span<const RowOnRecord> rows,
                const BatchPlan& plan, const JudgeOptions& options) {
    std::vector<Question> questions;
    ToJudge to_judge;
    for (const NewRow& row : plan.new_rows) {
      const NewAlert& alert = alerts[row.alert];
      questions.push_back({insert_row, insertion(alert, row, options.grace)});
      to_judge.add(alert.event_id, row.is_conflict);
    }
    for (const Amendment& amendment : plan.amendments) {
      questions.push_back({amend_row, addition(amendment)});
      if (amendment.may_become_ours) to_judge.add(amendment.event_id, amendment.is_conflict);
    }
    const std::size_t written = questions.size();
    if (!to_judge.empty()) {
      questions.push_back({set_savepoint, {}});
      const char* patience = session_.hurried() ? inventory_patience_in_haste : inventory_patience;
      questions.push_back({limit_statement_in_transaction, Parameters().text(patience)});
      ask_to_judge(to_judge, options, questions);
    }
    const std::size_t judged = questions.size() - 1;
    questions.push_back({limit_statement_in_transaction, Parameters().text("0")});
    questions.push_back({commit_transaction, {}});

    Round round = session_.ask(questions);
    BatchJudgement judgement;
    if (round.ok()) {
      // After the savepoint and the limit.
      for (std::size_t i = written + 2; i <= judged; ++i) {
        read_judgement(round.answers[i], judgement);
      }
    } else if (round.answers.size() <= written || round.answers.size() > judged ||
               round.failure->sqlstate.empty()) {
      return give_up(round);
    } else if (auto kept = keep_unjudged(round); !kept) {
      return tl::unexpected(kept.error());
    }
    std::vector<std::int64_t> numbers;
    numbers.reserve(plan.new_rows.size());
    for (std::size_t i = 0; i < plan.new_rows.size(); ++i) {
      numbers.push_back(round.answers[i].integer(0, 0));
    }
    return recorded_batch(alerts, rows, plan, numbers, std::move(judgement));
  }

  // The inventory did not answer, for whatever reason: the alerts are on record all the same.
  StoreResult<void> keep_unjudged(const Round& failed) {
    if (failed.failure->sqlstate == undefined_column) knows_shape_on_ = 0;
    const Round round = session_.ask({{return_to_savepoint, {}},
                                      {limit_statement_in_transaction, Parameters().text("0")},
                                      {commit_transaction, {}}});
    if (!round.ok()) return give_up(round);
    return {};
  }

  Session session_;
  // The last row that resolve_late() looked at; 0: begins anew.
  std::int64_t resolved_up_to_ = 0;
  InventoryShape shape_;
  // The connection on which shape_ was asked for; 0: none.
  std::uint64_t knows_shape_on_ = 0;
};

PostgresAlertStore::PostgresAlertStore(Secret dsn)
    : implementation_(std::make_unique<Implementation>(std::move(dsn))) {}

PostgresAlertStore::~PostgresAlertStore() = default;

StoreResult<void> PostgresAlertStore::check_schema() {
  return postgres::check_schema(implementation_->session());
}

StoreResult<std::vector<Recorded>> PostgresAlertStore::record(std::span<const NewAlert> alerts,
                                                              const Placer& place,
                                                              const JudgeOptions& options) {
  return implementation_->record(alerts, place, options);
}

StoreResult<std::vector<Verdict>> PostgresAlertStore::judge_due(const JudgeOptions& options,
                                                                std::size_t most) {
  return implementation_->judge_due(options, most);
}

StoreResult<std::vector<Verdict>> PostgresAlertStore::resolve_late(Seconds window,
                                                                   const JudgeOptions& options) {
  return implementation_->resolve_late(window, options);
}

void PostgresAlertStore::hurry() {
  implementation_->session().hurry();
}

}  // namespace certwatch::postgres
