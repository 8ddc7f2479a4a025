#include "record/postgres/session.h"

#include <libpq-fe.h>
#include <memory>

namespace certwatch::postgres {
namespace {

using namespace std::chrono_literals;

constexpr auto call_limit = 29s;

const Statement rollback{"rollback", "ROLLBACK"};
// Below our own limit; 0 is the server's "no limit".
const Statement limit_statements{
    "limit_statements",
    "SELECT set_config(name, least_limit, false) FROM (VALUES "
    "('statement_timeout', '25s'), ('lock_timeout', '20s'), "
    "('idle_in_transaction_session_timeout', '30s')) AS ours (name, least_limit) "
    "WHERE current_setting(name) = '0'"};
// One plan for all values. To plan for each costs 0.04 ms for a look-up and 0.1 ms for an INSERT;
// worse, the planner believes that a quarter of the table has one of 64 fingerprints, and scans it.
const Statement plan_once{"plan_once",
                          "SELECT set_config('plan_cache_mode', 'force_generic_plan', false) "
                          "WHERE current_setting('plan_cache_mode') = 'auto'"};
const Statement lift_limits{"lift_limits", "SELECT set_config('statement_timeout', '0', false)"};

StoreError::Kind kind_of(std::string_view sqlstate) {
  using Kind = StoreError::Kind;
  // undefined_table, undefined_column, invalid_schema_name
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000") return Kind::missing_table;
  // query_canceled, lock_not_available: a time limit, ours or the operator's
  if (sqlstate == "57014" || sqlstate == "55P03") return Kind::too_slow;
  const std::string_view of = sqlstate.substr(0, 2);
  // feature_not_supported, data exception, integrity constraint, program limit, raised in a trigger
  if (of == "0A" || of == "22" || of == "23" || of == "54" || of == "P0") return Kind::refused;
  return Kind::unavailable;
}

}  // namespace

Session::Session(Secret dsn, Limits limits) : connection_(std::move(dsn)), limits_(limits) {}

StoreError Session::named(StoreError error) const {
  error.message = operation_ + ": " + error.message;
  return error;
}

Failure Session::without_server(StoreError error) const {
  return {named(std::move(error)), ""};
}

StoreResult<void> Session::begin(const char* operation) {
  operation_ = operation;
  patience_.emplace(call_limit, haste_);
  const bool is_usable = connection_.is_open() && !is_stale_ && !connection_.has_ended() &&
                         PQtransactionStatus(connection_.raw()) == PQTRANS_IDLE;
  if (is_usable) return {};
  return connect();
}

StoreResult<void> Session::connect() {
  prepared_.clear();
  is_stale_ = false;
  if (auto opened = connection_.open(*patience_); !opened) {
    return tl::unexpected(named(opened.error()));
  }
  const Round round =
      ask({{limits_ == Limits::server_side ? limit_statements : lift_limits, Parameters()},
           {plan_once, Parameters()}});
  if (!round.ok()) {
    connection_.close();
    return round.error();
  }
  return {};
}

void Session::roll_back() {
  if (!connection_.is_open()) return;
  if (!ask({rollback, Parameters()}).ok()) connection_.close();
}

// `expected` gets an element per result to come: the name of the statement being prepared, or
// nothing for an answer.
StoreResult<void> Session::send(const Question& question, std::vector<std::string>& expected) {
  const Statement& statement = question.statement;
  if (!prepared_.contains(statement.name)) {
    if (PQsendPrepare(connection_.raw(), statement.name, statement.text.c_str(), 0, nullptr) != 1) {
      return connection_.lost("connection lost");
    }
    // Once per connection, also where a round asks it several times; a failure takes it back.
    prepared_.insert(statement.name);
    expected.emplace_back(statement.name);
  }
  const std::vector<const char*> values = question.parameters.pointers();
  if (PQsendQueryPrepared(connection_.raw(), statement.name, static_cast<int>(values.size()),
                          values.data(), nullptr, nullptr, 0) != 1) {
    return connection_.lost("connection lost");
  }
  expected.emplace_back();
  return {};
}

Round Session::ask(std::span<const Question> questions) {
  Round round;
  if (!connection_.is_open()) {
    round.failure = without_server({StoreError::Kind::unavailable, "not connected"});
    return round;
  }
  std::vector<std::string> expected;
  for (const Question& question : questions) {
    if (auto sent = send(question, expected); !sent) {
      round.failure = without_server(sent.error());
      return round;
    }
  }
  if (PQpipelineSync(connection_.raw()) != 1) {
    round.failure = without_server(connection_.lost("connection lost").value());
    return round;
  }
  collect(expected, round);
  return round;
}

void Session::collect(const std::vector<std::string>& expected, Round& round) {
  for (std::size_t next = 0;;) {
    auto got = connection_.next_result(*patience_);
    if (!got) {
      if (!round.failure) round.failure = without_server(got.error());
      return;
    }
    OwnedResult result(*got);
    if (!result) {
      ++next;
      continue;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) return;
    const bool preparing = next < expected.size() && !expected[next].empty();
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      if (!preparing) round.answers.emplace_back(std::move(result));
      continue;
    }
    if (preparing) prepared_.erase(expected[next]);
    if (status != PGRES_PIPELINE_ABORTED && !round.failure) {
      round.failure = failure_of(result.get());
    }
  }
}

Failure Session::failure_of(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  Failure failure;
  failure.sqlstate = state == nullptr ? "" : state;
  // "cached plan must not change result type", "prepared statement does not exist"
  if (failure.sqlstate == "0A000" || failure.sqlstate == "26000") is_stale_ = true;
  // Read-only: what a session may do is settled when it begins, so a new one has to ask again.
  if (failure.sqlstate == "25006") is_stale_ = true;
  // Only the primary message: the details quote rows.
  failure.error.kind = kind_of(failure.sqlstate);
  failure.error.message =
      connection_.clean(primary == nullptr ? PQresultErrorMessage(result) : primary);
  if (!failure.sqlstate.empty()) failure.error.message += " (SQLSTATE " + failure.sqlstate + ")";
  failure.error = named(std::move(failure.error));
  return failure;
}

StoreResult<void> Session::stream(const Statement& statement,
                                  const std::function<void(const Answer&)>& visitor) {
  const auto fail = [this](StoreError error) { return tl::unexpected(named(std::move(error))); };
  if (!connection_.is_open()) return fail({StoreError::Kind::unavailable, "not connected"});
  PGconn* raw = connection_.raw();
  if (PQsendQueryParams(raw, statement.text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) !=
          1 ||
      PQpipelineSync(raw) != 1 || PQsetSingleRowMode(raw) != 1) {
    return fail(connection_.lost("connection lost").value());
  }
  std::optional<Failure> failure;
  while (true) {
    auto got = connection_.next_result(Patience(call_limit, haste_));
    if (!got) {
      if (!failure) failure = without_server(got.error());
      break;
    }
    OwnedResult result(*got);
    if (!result) continue;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_SINGLE_TUPLE) {
      visitor(Answer(std::move(result)));
    } else if (status != PGRES_TUPLES_OK && !failure) {
      failure = failure_of(result.get());
    }
  }
  if (failure) return tl::unexpected(failure->error);
  return {};
}

}  // namespace certwatch::postgres
