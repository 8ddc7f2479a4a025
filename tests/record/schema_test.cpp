// schema.sql: applied again and again, over a database of the Python service, by whoever owns what.
#include "record/postgres/alert_store.h"
#include "record/postgres/delivery_queue.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string columns(PostgresConsole& sql, const std::string& table) {
  return sql.value(
      "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM "
      "information_schema.columns"
      " WHERE table_schema = 'public' AND table_name = $1",
      {table});
}

// Everything that schema.sql could have changed, as text.
std::string shape(PostgresConsole& sql) {
  return sql.value(
      "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
      " SELECT format('%s.%s %s %s %s %s', table_name, column_name, data_type, is_nullable,"
      "   column_default, col_description(('public.' || table_name)::regclass, ordinal_position))"
      "   AS line FROM information_schema.columns WHERE table_schema = 'public'"
      " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') AS lines");
}

constexpr const char* python_tables =
    "CREATE TABLE public.intent_current (fqdn TEXT, owner TEXT);"
    "CREATE TABLE public.certs (fingerprint_sha1 TEXT PRIMARY KEY, serial TEXT, sans JSONB,"
    "  not_before BIGINT, not_after BIGINT, source TEXT, added_at BIGINT);"
    "CREATE TABLE public.alerts (id BIGSERIAL PRIMARY KEY, fingerprint TEXT, sans JSONB,"
    "  matched JSONB, issuer TEXT, seen_at BIGINT, delivered BOOLEAN DEFAULT false,"
    "  severity TEXT DEFAULT 'suspicious');"
    "INSERT INTO public.alerts (fingerprint, sans, matched, issuer, seen_at, delivered, severity)"
    "  VALUES ('00ff', '[\"a.example\"]', '[\"a.example\"]', 'CA', 1700000000, true, 'info'),"
    "         ('11ff', NULL, NULL, NULL, NULL, NULL, NULL)";

TEST_CASE("applied to an empty database, schema.sql makes the tables in their order") {
  PostgresDatabase database;
  CHECK(columns(database.console(), "intent_current") == "fqdn");
  CHECK(columns(database.console(), "certs") ==
        "fingerprint_sha1 serial sans not_before not_after source added_at tbs_sha256");
  CHECK_THAT(columns(database.console(), "alerts"),
             ContainsSubstring("id fingerprint sans matched issuer seen_at delivered severity "));
}

TEST_CASE("applied again, schema.sql changes nothing") {
  PostgresDatabase database;
  const std::string before = shape(database.console());
  database.console().run(schema_sql());
  CHECK(shape(database.console()) == before);
}

TEST_CASE("applied over the Python service, schema.sql keeps its rows and alters only alerts") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  sql.run(schema_sql());
  CHECK(columns(sql, "intent_current") == "fqdn owner");
  CHECK(columns(sql, "certs") ==
        "fingerprint_sha1 serial sans not_before not_after source added_at");
  CHECK(sql.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'certs'") == "1");
  const auto rows = sql.run(
      "SELECT id, fingerprint, sans, matched, issuer, seen_at, delivered, severity, payload,"
      " recorded_at, event_id, due_at FROM public.alerts ORDER BY id");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == PostgresConsole::Row{"1", "00ff", "[\"a.example\"]", "[\"a.example\"]", "CA",
                                        "1700000000", "t", "info", std::nullopt, std::nullopt,
                                        std::nullopt, std::nullopt});
  CHECK(postgres::PostgresAlertStore(database.secret()).check_schema());
}

TEST_CASE("every column of alerts has a comment, and nothing else has") {
  PostgresDatabase database;
  CHECK(database.console().value(
            "SELECT coalesce(string_agg(attname, ' '), 'none') FROM pg_attribute"
            " WHERE attrelid = 'public.alerts'::regclass AND attnum > 0 AND NOT attisdropped"
            " AND col_description(attrelid, attnum) IS NULL") == "none");
  CHECK(database.console().value(
            "SELECT count(*) FROM pg_description WHERE classoid = 'pg_class'::regclass"
            " AND objoid IN ('public.certs'::regclass, 'public.intent_current'::regclass)") == "0");
}

TEST_CASE("new columns of alerts are nullable or have a default") {
  PostgresDatabase database;
  CHECK(database.console().value(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'alerts'"
            " AND is_nullable = 'NO' AND column_default IS NULL") == "0");
  CHECK(database.console().value("SELECT coalesce(column_default, 'none') FROM"
                                 " information_schema.columns WHERE table_name = 'alerts'"
                                 " AND column_name = 'recorded_at'") == "none");
}

TEST_CASE("a schema.sql of before there was an index for adopting will do") {
  PostgresDatabase database;
  database.console().run("DROP INDEX public.alerts_untold");
  CHECK(postgres::PostgresAlertStore(database.secret()).check_schema());
  CHECK(postgres::PostgresDeliveryQueue(database.secret()).adopt(Seconds{10}));
}

TEST_CASE("what to adopt is looked for by an index") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run("SET enable_seqscan = off");
  std::string plan;
  for (const auto& line :
       sql.run("EXPLAIN SELECT id FROM public.alerts WHERE due_at IS NULL AND attempts = 0"
               " AND abandoned_at IS NULL AND payload IS NOT NULL AND severity <> 'pending'"
               " AND (CASE WHEN delivered THEN resolved_at ELSE decided_at END)"
               "   > statement_timestamp() - interval '1 s'")) {
    plan += line.at(0).value_or("") + "\n";
  }
  CHECK_THAT(plan, ContainsSubstring("alerts_untold"));
  CHECK_THAT(plan, ContainsSubstring("Index Cond: (CASE WHEN delivered"));
}

// What a role of its own may do, without a password.
class Role {
 public:
  Role(PostgresConsole& sql, std::string name) : sql_(sql), name_(std::move(name)) {
    sql_.run("CREATE ROLE " + name_);
  }
  ~Role() { sql_.run("RESET ROLE; DROP OWNED BY " + name_ + " CASCADE; DROP ROLE " + name_); }
  Role(Role&&) = delete;
  const std::string& name() const { return name_; }

 private:
  PostgresConsole& sql_;
  const std::string name_;
};

TEST_CASE("a role that owns only alerts can apply schema.sql, and the service runs on it") {
  PostgresDatabase database(PostgresDatabase::Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  const Role owner(sql, database.name() + "_owner");
  sql.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER TABLE public.alerts OWNER TO " +
          owner.name());
  sql.run("SET ROLE " + owner.name());
  // It may not create indexes: said as a warning, not as an error.
  sql.run(schema_sql());
  sql.run("RESET ROLE");
  CHECK(sql.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'alerts'") == "1");
  CHECK(postgres::PostgresAlertStore(database.secret()).check_schema());
  // Somebody who may makes them later.
  sql.run(schema_sql());
  sql.run("SET ROLE " + owner.name());
  sql.run(schema_sql());
  sql.run("RESET ROLE");
  CHECK(sql.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'alerts'") != "1");
}

// The commented lines at the end, as statements.
std::string granted_statements(const std::string& role) {
  std::string statements;
  const std::string schema = schema_sql();
  for (std::size_t at = schema.find("--   GRANT"); at != std::string::npos;
       at = schema.find("--   GRANT", at + 1)) {
    std::string line = schema.substr(at + 5, schema.find('\n', at) - at - 5);
    const std::string to = "TO certwatch;";
    REQUIRE(line.size() > to.size());
    REQUIRE(line.substr(line.size() - to.size()) == to);
    statements += line.substr(0, line.size() - to.size()) + "TO " + role + ";";
  }
  return statements;
}

TEST_CASE("the grants at the end of schema.sql are what the service's role needs") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  const Role service(sql, database.name() + "_service");
  sql.run("ALTER ROLE " + service.name() + " LOGIN PASSWORD 'of-the-service'");
  const Secret dsn(database.dsn("user=" + service.name() + "&password=of-the-service"));
  postgres::PostgresAlertStore store(dsn);
  const auto forbidden = store.check_schema();
  REQUIRE_FALSE(forbidden);
  CHECK(forbidden.error().kind == StoreError::Kind::unavailable);
  sql.run(granted_statements(service.name()));
  const auto granted = store.check_schema();
  INFO((granted ? "" : granted.error().message));
  CHECK(granted);
}

}  // namespace
}  // namespace certwatch
