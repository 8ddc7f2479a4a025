// A session with the server for one adapter: statements by name, prepared when first used on a
// connection; several in one round trip; a connection that broke is made anew by the next call.
//
// A call is one function of a port: begin() says its name, for messages, and starts its 30 s. No
// wait of a call lasts longer, connecting included. Nothing here sleeps: back-off is the caller's.
//
// Each statement has one plan for all values, made at its first execution on a connection. The plan
// of a table that was empty then scans the table. The server makes all plans anew when it has
// analysed the table, which autovacuum does within a minute after fifty new rows.
//
// A session needs a connection of its own: a pooler in between has to be in session mode.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "record/postgres/answer.h"
#include "record/postgres/connection.h"
#include "record/postgres/parameters.h"
#include "record/store_error.h"

namespace certwatch::postgres {

// The text is ours alone: what comes from outside is a parameter.
struct Statement {
  const char* name;
  std::string text;
};

struct Question {
  const Statement& statement;
  Parameters parameters;
};

struct Failure {
  StoreError error;
  // Of five characters; empty where it is not the server that failed it.
  std::string sqlstate;
};

// What came of some questions asked in one round trip: the answers up to the failure, if there was
// one (what follows it was not executed).
struct Round {
  std::vector<Answer> answers;
  std::optional<Failure> failure;

  bool ok() const { return !failure; }
  tl::unexpected<StoreError> error() const { return tl::unexpected(failure->error); }
};

class Session {
 public:
  enum class Limits {
    server_side,  // the server ends our statements before our own deadline does, so that what we
                  // gave up does not go on there; stricter settings of the operator stay
    none,         // for reading a long list
  };

  explicit Session(Secret dsn, Limits limits = Limits::server_side);

  // Starts a call: connected and outside of a transaction afterwards.
  StoreResult<void> begin(const char* operation);
  Round ask(std::span<const Question> questions);
  Round ask(const Question& question) { return ask(std::span(&question, 1)); }
  Round ask(std::initializer_list<Question> questions) {
    return ask(std::span(questions.begin(), questions.size()));
  }
  // Ends a transaction that failed; keeps its error.
  void roll_back();

  // Asks for rows one by one; each may take 30 s to come. Not within a transaction.
  StoreResult<void> stream(const Statement& statement,
                           const std::function<void(const Answer&)>& visitor);

  // From any thread: the call under way, and every later one, waits for 1 s at most.
  void hurry() { haste_.raise(); }
  bool hurried() const { return haste_.raised(); }

 private:
  StoreResult<void> connect();
  StoreResult<void> send(const Question& question, std::vector<std::string>& expected);
  Failure failure_of(const pg_result* result);
  Failure without_server(StoreError error) const;
  StoreError named(StoreError error) const;
  void collect(const std::vector<std::string>& expected, Round& round);

  Haste haste_;
  Connection connection_;
  const Limits limits_;
  std::set<std::string> prepared_;
  std::string operation_;
  std::optional<Patience> patience_;
  // What is prepared there no longer fits the tables: the next call connects anew.
  bool is_stale_ = false;
};

}  // namespace certwatch::postgres
