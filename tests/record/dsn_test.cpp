// Connection strings: what is accepted, what is added, and what is never shown.
#include "record/postgres/dsn.h"

#include "support/catch.h"

namespace certwatch::postgres {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string value(const ConnectionKeywords& keywords, const std::string& name) {
  std::string found = "absent";
  for (std::size_t i = 0; i < keywords.names.size(); ++i) {
    if (keywords.names[i] == name) found = keywords.values[i];
  }
  return found;
}

TEST_CASE("a connection string or URI of libpq is accepted") {
  for (const char* dsn :
       {"postgresql://user:secret@db.example:5432/certwatch?sslmode=require",
        "postgres://db.example", "postgresql://a,b:5433/x?target_session_attrs=read-write",
        "postgresql://user:p%40ss%2Fword%3A@db/x", "host=db user=certwatch password='a b'",
        "postgresql://user@/x?host=/run/postgresql", "postgresql://[::1]:5432/x", "dbname=x"}) {
    INFO(dsn);
    CHECK(check_dsn(Secret(dsn)));
  }
}

TEST_CASE("a mistake is named without quoting what may be a piece of a password") {
  for (const char* dsn :
       {"postgresql://user:hunter2@x@db/x", "postgresql://user:hunter2/x@db/x",
        "postgresql://user:hunter2#@db:port/x", "host=db password=abc hunter2",
        "host=db password=abc hunter2=x", "hunter2", "postgresql://user:a:hunter2@db:0/x",
        "postgresql://db:70000/hunter2", "postgresql://user:%zzhunter2@db/x"}) {
    INFO(dsn);
    const auto checked = check_dsn(Secret(dsn));
    REQUIRE_FALSE(checked);
    CHECK_FALSE(checked.error().message.empty());
    CHECK(checked.error().message.find("hunter2") == std::string::npos);
  }
  CHECK_FALSE(check_dsn(Secret(std::string("host=a\0b", 8))));
}

TEST_CASE("an unescaped character in the password is explained") {
  const auto checked = check_dsn(Secret("postgresql://user:p@ss@db/x"));
  REQUIRE_FALSE(checked);
  CHECK_THAT(checked.error().message, ContainsSubstring("%40"));
}

TEST_CASE("what finds a dead peer is added unless the operator says otherwise") {
  const auto ours = connection_keywords(Secret("postgresql://u:p@db/x")).value();
  CHECK(value(ours, "host") == "db");
  CHECK(value(ours, "password") == "p");
  CHECK(value(ours, "keepalives_idle") == "10");
  CHECK(value(ours, "keepalives_interval") == "5");
  CHECK(value(ours, "keepalives_count") == "3");
  CHECK(value(ours, "tcp_user_timeout") == "15000");
  CHECK(value(ours, "fallback_application_name") == "certwatch");
  CHECK(value(ours, "client_encoding") == "UTF8");
  const auto theirs = connection_keywords(Secret("postgresql://db/x?keepalives_idle=60"
                                                 "&tcp_user_timeout=1&application_name=mine"
                                                 "&client_encoding=LATIN1"))
                          .value();
  CHECK(value(theirs, "keepalives_idle") == "60");
  CHECK(value(theirs, "tcp_user_timeout") == "1");
  CHECK(value(theirs, "application_name") == "mine");
  CHECK(value(theirs, "client_encoding") == "UTF8");
}

TEST_CASE("messages come without the password, in one line, and not endless") {
  const Secret dsn("postgresql://user:hunter2@db/x");
  CHECK(without_password("bad hunter2,\n\thunter2!", dsn) == "bad ***,  ***!");
  CHECK(without_password(std::string(1000, 'x'), dsn).size() < 310);
  CHECK(without_password(" host \"db\" ", Secret("host=db")) == "host \"db\"");
}

}  // namespace
}  // namespace certwatch::postgres
