// A database whose name is never answered for: libpq itself would wait for as long as that takes.
#include <thread>

#include "record/postgres/session.h"
#include "support/catch.h"
#include "support/silent_name_service.h"

namespace certwatch::postgres {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string complaint(Session& session) {
  const auto begun = session.begin("ask");
  REQUIRE_FALSE(begun);
  CHECK(begun.error().kind == StoreError::Kind::unavailable);
  return begun.error().message;
}

TEST_CASE("a call gives a silent name service up when the process is about to end") {
  for (const char* dsn : {"postgresql://db.silent/x", "host=one.silent,two.silent dbname=x"}) {
    INFO(dsn);
    Session session{Secret(dsn)};
    std::jthread end([&session] {
      silent_name_service::wait_for_lookup();
      session.hurry();
    });
    CHECK_THAT(complaint(session), ContainsSubstring(".silent"));
    CHECK(silent_name_service::lookups() > 0);  // given up: it is still at it
  }
}

TEST_CASE("later calls of a process that ends do not wait for the same look-up again") {
  Session session(Secret("postgresql://db.silent/x"));
  session.hurry();
  complaint(session);
  const auto begin = std::chrono::steady_clock::now();
  for (int call = 0; call < 10; ++call) {
    complaint(session);
    REQUIRE(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  }
  CHECK(silent_name_service::lookups() == 1);
}

}  // namespace
}  // namespace certwatch::postgres
