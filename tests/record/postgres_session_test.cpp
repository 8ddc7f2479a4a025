// What a session makes of the server's failures.
#include "record/postgres/session.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

const Statement start{"start", "BEGIN"};
const Statement wait_briefly{"wait_briefly", "SELECT set_config('lock_timeout', '10ms', true)"};
const Statement lock_entries{"lock_entries", "SELECT FROM public.intent_current FOR UPDATE"};
const Statement select_one{"select_one", "SELECT 1"};
const Statement ask_backend{"ask_backend", "SELECT pg_backend_pid()"};

// The process that serves the session: another one after it has connected anew.
std::string backend_of(Session& session) {
  REQUIRE(session.begin("ask").has_value());
  const Round round = session.ask({ask_backend, {}});
  REQUIRE(round.ok());
  return round.answers[0].text(0, 0);
}

Round lock(Session& session) {
  REQUIRE(session.begin("lock").has_value());
  Round round = session.ask({{start, {}}, {wait_briefly, {}}, {lock_entries, {}}});
  session.roll_back();
  return round;
}

TEST_CASE("a row that somebody has locked is too slow: the database is not away") {
  PostgresDatabase database;
  database.console().run("INSERT INTO public.intent_current VALUES ('example.org')");
  Session session(database.secret());
  const std::string backend = backend_of(session);
  PostgresConsole holder(database.dsn());
  holder.run("BEGIN; SELECT FROM public.intent_current FOR UPDATE");
  const Round waited = lock(session);
  REQUIRE_FALSE(waited.ok());
  CHECK(waited.failure->sqlstate == "55P03");
  CHECK(waited.failure->error.kind == StoreError::Kind::too_slow);
  holder.run("ROLLBACK");
  CHECK(lock(session).ok());
  CHECK(backend_of(session) == backend);
}

TEST_CASE("a stream that fails under way says what the server said, and the session goes on") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  const Statement fails{"fails", "SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n"};
  Session session(database.secret());
  const std::string backend = backend_of(session);
  REQUIRE(session.begin("read").has_value());
  int rows = 0;
  const auto streamed = session.stream(fails, [&rows](const Answer&) { ++rows; });
  REQUIRE_FALSE(streamed.has_value());
  CHECK_THAT(streamed.error().message, Catch::Matchers::ContainsSubstring("22012"));
  CHECK(rows == 2);
  REQUIRE(session.begin("ask").has_value());
  CHECK(session.ask({select_one, {}}).ok());
  CHECK(backend_of(session) == backend);
}

TEST_CASE("a statement has one plan for all values, unless the operator says otherwise") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  const Statement ask_mode{"ask_mode", "SELECT current_setting('plan_cache_mode')"};
  const auto mode = [&] {
    Session session(database.secret());
    REQUIRE(session.begin("ask").has_value());
    const Round round = session.ask({ask_mode, {}});
    REQUIRE(round.ok());
    return round.answers[0].text(0, 0);
  };
  CHECK(mode() == "force_generic_plan");
  database.console().run("ALTER DATABASE " + database.name() +
                         " SET plan_cache_mode = 'force_custom_plan'");
  CHECK(mode() == "force_custom_plan");
}

TEST_CASE("the plan of a table that was empty is made anew once the table is analysed") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  database.console().run(
      "CREATE TABLE keys (key TEXT, row CHAR(500)); CREATE INDEX by_key ON keys (key)");
  const Statement look_up{"look_up", "SELECT key FROM keys WHERE key = ANY ($1::text[])"};
  const Statement explain{"explain", "EXPLAIN EXECUTE look_up('{a,b}')"};
  Session session(database.secret());
  const std::string backend = backend_of(session);
  const auto plan = [&] {
    REQUIRE(session.begin("look up").has_value());
    const Round round = session.ask(
        {{look_up, Parameters().texts(std::vector<std::string>{"a", "b"})}, {explain, {}}});
    REQUIRE(round.ok());
    std::string text;
    for (int row = 0; row < round.answers[1].rows(); ++row) text += round.answers[1].text(row, 0);
    return text;
  };
  const std::string of_empty_table = plan();
  database.console().run("INSERT INTO keys SELECT n::text, n FROM generate_series(1, 20000) AS n");
  CHECK(plan() == of_empty_table);
  database.console().run("ANALYZE keys");  // as autovacuum does
  const std::string of_full_table = plan();
  CHECK(of_full_table != of_empty_table);
  CHECK_THAT(of_full_table, Catch::Matchers::ContainsSubstring("by_key"));
  CHECK(backend_of(session) == backend);
}

}  // namespace
}  // namespace certwatch::postgres
