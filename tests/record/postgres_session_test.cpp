// When plans are made anew, which takes longer than most executions.
#include "record/postgres/session.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

const Statement select_one{"select_one", "SELECT 1"};

void call(Session& session, Session::Plans plans) {
  REQUIRE(session.begin("ask", plans).has_value());
  REQUIRE(session.ask({select_one, {}}).ok());
}

TEST_CASE("plans are made anew after 16, 32, 64 calls, but not in one that somebody waits for") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  Session session(database.secret());
  for (int i = 0; i < 100; ++i) call(session, Session::Plans::kept);
  CHECK(session.plannings() == 1);  // with the connection
  call(session, Session::Plans::renewed);
  CHECK(session.plannings() == 2);
  for (int i = 0; i < 90; ++i) call(session, Session::Plans::renewed);
  CHECK(session.plannings() == 2);
  for (int i = 0; i < 20; ++i) call(session, Session::Plans::renewed);
  CHECK(session.plannings() == 3);
}

}  // namespace
}  // namespace certwatch::postgres
