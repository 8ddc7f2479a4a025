// schema.sql: applied again and again, over a database of the Python service, over one of before
// there was alert_deliveries, by whoever owns what.
#include <fstream>
#include <sstream>

#include "record/postgres/delivery_store.h"
#include "record/postgres/ledger_store.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch {
namespace {

using Catch::Matchers::ContainsSubstring;
using Content = PostgresDatabase::Content;

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
      "   AS line FROM information_schema.columns"
      "   WHERE table_schema = 'public' AND column_name <> 'serial_key'"
      " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
      " UNION ALL SELECT format('%s %s %s', relname, relowner::regrole, relacl) FROM pg_class"
      "   WHERE relnamespace = 'public'::regnamespace) AS lines");
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

// schema.sql of revision 31db63d, which kept deliveries in alerts.
std::string schema_of_before() {
  std::ifstream file(CERTWATCH_SOURCE_DIR "/tests/record/data/schema_31db63d.sql");
  if (!file) throw std::runtime_error("schema_31db63d.sql not found");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_well(PostgresDatabase& database) {
  const auto checked = postgres::PostgresLedgerStore(database.secret()).check_schema();
  INFO((checked ? "" : checked.error().message));
  CHECK(checked);
  return checked.has_value();
}

TEST_CASE("applied to an empty database, schema.sql makes the tables in their order") {
  PostgresDatabase database;
  CHECK(columns(database.console(), "intent_current") == "fqdn");
  CHECK(columns(database.console(), "certs") ==
        "fingerprint_sha1 serial sans not_before not_after source added_at tbs_sha256");
  CHECK_THAT(columns(database.console(), "alerts"),
             ContainsSubstring("id fingerprint sans matched issuer seen_at delivered severity "));
  CHECK(columns(database.console(), "alert_deliveries") ==
        "id alert kind event_id destination told_since due_at lease_until attempts delivered_at"
        " abandoned_at requeued_at last_error");
  CHECK(columns(database.console(), "certwatch_destinations") == "name least announced_at");
}

TEST_CASE("applied again, schema.sql changes nothing") {
  PostgresDatabase database;
  const std::string before = shape(database.console());
  database.console().run(schema_sql());
  CHECK(shape(database.console()) == before);
}

TEST_CASE("applied over the Python service, schema.sql keeps its rows and alters only alerts") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  for (int i = 0; i < 2; ++i) sql.run(schema_sql());
  CHECK(columns(sql, "intent_current") == "fqdn owner");
  CHECK(columns(sql, "certs") ==
        "fingerprint_sha1 serial sans not_before not_after source added_at");
  CHECK(sql.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'certs'") == "1");
  const auto rows = sql.run(
      "SELECT id, fingerprint, sans, matched, issuer, seen_at, delivered, severity, payload,"
      " recorded_at, event_id, importance, fingerprints FROM public.alerts ORDER BY id");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == PostgresConsole::Row{"1", "00ff", "[\"a.example\"]", "[\"a.example\"]", "CA",
                                        "1700000000", "t", "info", std::nullopt, std::nullopt,
                                        std::nullopt, std::nullopt, std::nullopt});
  CHECK(sql.value("SELECT count(*) FROM public.alert_deliveries") == "0");
  CHECK(is_well(database));
}

TEST_CASE("rows of the Python service whose table has no key, and no words, are read") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  sql.run("ALTER TABLE public.alerts DROP CONSTRAINT alerts_pkey");
  sql.run(schema_sql());
  REQUIRE(is_well(database));
  Identities wanted;
  wanted.fingerprints = {"11ff", "00ff"};
  const auto found = postgres::PostgresLedgerStore(database.secret()).look(wanted);
  REQUIRE(found);
  REQUIRE(found->rows.size() == 2);
  CHECK(found->rows[0].severity == Severity::info);
  // It was told by what stood before: nothing of it is pending.
  CHECK(found->rows[1].severity == Severity::suspicious);
  CHECK(found->rows[1].claimed[Sort::certificate] == std::vector<std::string>{"11ff"});
}

TEST_CASE("every column of our own tables has a comment, and no other") {
  PostgresDatabase database;
  CHECK(database.console().value(
            "SELECT coalesce(string_agg(attrelid::regclass || '.' || attname, ' '), 'none')"
            " FROM pg_attribute WHERE attrelid IN ('public.alerts'::regclass,"
            "   'public.alert_deliveries'::regclass, 'public.certwatch_destinations'::regclass)"
            " AND attnum > 0 AND NOT attisdropped"
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

TEST_CASE("what was judged last is looked for by an index") {
  PostgresDatabase database;
  PostgresConsole& sql = database.console();
  sql.run("SET enable_seqscan = off");
  std::string plan;
  for (const auto& line : sql.run("EXPLAIN SELECT id FROM public.alerts"
                                  " WHERE coalesce(resolved_at, decided_at) >= to_timestamp(1)"
                                  " ORDER BY coalesce(resolved_at, decided_at), id LIMIT 10")) {
    plan += line.at(0).value_or("") + "\n";
  }
  CHECK_THAT(plan, ContainsSubstring("alerts_changed"));
}

// A row of before, and the deliveries that it becomes.
struct Moved {
  const char* why;
  const char* columns;
  const char* values;
  const char* deliveries;
};

// kind, attempts, and the times that are set, in minutes from `now()`.
constexpr const char* moved_deliveries = R"(
    SELECT coalesce(string_agg(concat_ws(' ', kind, CASE event_id WHEN of_alert THEN 'event'
        WHEN '00000000-0000-4000-8000-0000000000ff' THEN 'resolution' ELSE event_id::text END,
      destination, attempts,
      'since' || round(extract(epoch FROM told_since - now()) / 60),
      'due' || round(extract(epoch FROM due_at - now()) / 60),
      'lease' || round(extract(epoch FROM lease_until - now()) / 60),
      'delivered' || round(extract(epoch FROM delivered_at - now()) / 60),
      'abandoned' || round(extract(epoch FROM abandoned_at - now()) / 60),
      'requeued' || round(extract(epoch FROM requeued_at - now()) / 60),
      last_error), '; ' ORDER BY id), '')
    FROM public.alert_deliveries AS d JOIN
      (SELECT id AS row, event_id AS of_alert FROM public.alerts) AS a ON row = alert)";

TEST_CASE("what is in flight moves to alert_deliveries with its id, attempts and times") {
  const Moved cases[] = {
      {"a verdict that is due", "due_at, attempts, last_error",
       "now() + interval '2 min', 4, 'status 500'",
       "verdict event webhook 4 since-60 due2 status 500"},
      {"an attempt is under way", "due_at, lease_until, attempts",
       "now() + interval '1 min', now() + interval '1 min', 1",
       "verdict event webhook 1 since-60 due1 lease1"},
      {"a verdict that was delivered", "delivered, delivered_at, attempts",
       "true, now() - interval '50 min', 2", "verdict event webhook 2 since-60 delivered-50"},
      {"a verdict that was given up", "abandoned_at, attempts, last_error",
       "now() - interval '40 min', 7, 'x'", "verdict event webhook 7 since-60 abandoned-40 x"},
      {"asked for again", "due_at, requeued_at", "now(), now() - interval '3 min'",
       "verdict event webhook 0 since-60 due0 requeued-3"},
      {"never told, in observer mode", "attempts", "0", ""},
      {"a resolution that is due",
       "delivered, delivered_at, resolved_at, resolution_id, due_at, attempts, last_error",
       "true, now() - interval '50 min', now() - interval '20 min',"
       " '00000000-0000-4000-8000-0000000000ff', now() + interval '5 min', 3, 'y'",
       "verdict event webhook 1 since-60 delivered-50; resolution resolution webhook 3 since-20"
       " due5 y"},
      {"a resolution that nobody told yet", "delivered, delivered_at, resolved_at, resolution_id",
       "true, now() - interval '50 min', now() - interval '20 min',"
       " '00000000-0000-4000-8000-0000000000ff'",
       "verdict event webhook 1 since-60 delivered-50; resolution resolution webhook 0 since-20"
       " due-20"},
      {"resolved while the verdict is on its way",
       "resolved_at, resolution_id, due_at, lease_until, attempts",
       "now() - interval '20 min', '00000000-0000-4000-8000-0000000000ff',"
       " now() + interval '1 min', now() + interval '1 min', 5",
       "verdict event webhook 5 since-60 due1 lease1; resolution resolution webhook 0 since-20"
       " due-20"},
      {"a resolution that was delivered",
       "delivered, delivered_at, resolved_at, resolution_id, resolution_delivered_at, attempts",
       "true, now() - interval '50 min', now() - interval '20 min',"
       " '00000000-0000-4000-8000-0000000000ff', now() - interval '19 min', 1",
       "verdict event webhook 1 since-60 delivered-50; resolution resolution webhook 1 since-20"
       " delivered-19"},
      {"a resolution that was given up",
       "delivered, delivered_at, resolved_at, resolution_id, abandoned_at, attempts",
       "true, now() - interval '50 min', now() - interval '20 min',"
       " '00000000-0000-4000-8000-0000000000ff', now() - interval '10 min', 9",
       "verdict event webhook 1 since-60 delivered-50; resolution resolution webhook 9 since-20"
       " abandoned-10"},
      {"resolved after the verdict was given up: there is nothing to resolve",
       "resolved_at, resolution_id, abandoned_at, attempts",
       "now() - interval '20 min', '00000000-0000-4000-8000-0000000000ff',"
       " now() - interval '30 min', 9",
       "verdict event webhook 9 since-60 abandoned-30"},
  };
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  for (const Moved& one : cases) {
    INFO(one.why);
    sql.run("DROP TABLE IF EXISTS public.alerts, public.alert_deliveries CASCADE");
    sql.run(schema_of_before());
    sql.run(std::string("INSERT INTO public.alerts (event_id, payload, severity, decided_at, ") +
            one.columns +
            ") VALUES (gen_random_uuid(), 'x', 'suspicious',"
            " now() - interval '60 min', " +
            one.values + ")");
    for (int i = 0; i < 2; ++i) sql.run(schema_sql());
    CHECK(sql.value(moved_deliveries) == one.deliveries);
  }
}

TEST_CASE("a pending row, and one of the Python service, have nothing to move") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(schema_of_before());
  sql.run(
      "INSERT INTO public.alerts (event_id, payload, severity)"
      " VALUES (gen_random_uuid(), 'x', 'pending');"
      "INSERT INTO public.alerts (fingerprint, delivered, severity) VALUES ('00ff', true, 'info')");
  sql.run(schema_sql());
  CHECK(sql.value("SELECT count(*) FROM public.alert_deliveries") == "0");
  CHECK(sql.value("SELECT count(*) FROM public.alerts WHERE fingerprints IS NULL") == "2");
}

TEST_CASE("what moved is claimed, settled and given up as ever") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(schema_of_before());
  sql.run(
      "INSERT INTO public.alerts (event_id, payload, severity, reason, decided_at, due_at, "
      "attempts,"
      "  matched) VALUES ('00000000-0000-4000-8000-000000000001', '\"all\":1', 'suspicious',"
      "  'unknown', now(), now(), 2, '[\"example.org\"]')");
  sql.run(schema_sql());
  postgres::PostgresDeliveryStore deliveries(database.secret());
  const auto claimed = deliveries.claim("webhook", 10, Seconds{15});
  REQUIRE(claimed);
  REQUIRE(claimed->size() == 1);
  const Delivery& delivery = claimed->front();
  CHECK(delivery.event_id == "00000000-0000-4000-8000-000000000001");
  CHECK(delivery.attempt == 3);
  CHECK(delivery.importance == Importance::critical);
  CHECK(delivery.identity_facts.empty());
  CHECK(delivery.message_facts == "\"all\":1");
  CHECK(deliveries.settle(delivery, {Settlement::Kind::delivered, Seconds{0}, ""}));
  CHECK(sql.value("SELECT delivered FROM public.alerts") == "t");
}

// What a row of before knows of its issuance, and what the ledger reads of it.
TEST_CASE("what rows of before know of their issuance is read by the ledger") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(schema_of_before());
  const std::string serial = "serial, not_before, not_after";
  sql.run(
      "INSERT INTO public.alerts (event_id, payload, severity, fingerprint, fingerprints,"
      "  tbs_sha256, serial, not_before, not_after, is_precertificate, sans, known_by, provisional)"
      " VALUES (gen_random_uuid(), 'x', 'info', 'p1', '{p1}', 'tbs1', 'abc', 1000, 2000, true,"
      "   '[\"DNS:B.Example.\", \"a.example\", \"a.example\", \"192.0.2.1\", \"localhost\", 7]',"
      "   'serial', true),"
      "  (gen_random_uuid(), 'x', 'suspicious', 'c2', '{p2,c2}', 'tbs2', 'abd', 1000, 2000, false,"
      "   'null', NULL, false),"
      "  (gen_random_uuid(), 'x', 'suspicious', 'p3', '{p3}', NULL, 'abe', 1000, NULL, true,"
      "   '{}', NULL, false),"
      "  (gen_random_uuid(), 'x', 'suspicious', 'c4', '{c4}', NULL, '', 1000, 2000, false,"
      "   NULL, NULL, false),"
      "  (gen_random_uuid(), 'x', 'suspicious', '', '{}', NULL, 'abf', 1000, 2000, false,"
      "   '[\"a.example\"]', NULL, false)");
  sql.run(schema_sql());
  postgres::PostgresLedgerStore store(database.secret());
  Identities wanted;
  wanted.fingerprints = {"p1", "p2", "p3", "c4"};
  wanted.serial_keys = {{"abc", 1000, 2000}, {"abf", 1000, 2000}};
  const auto found = store.look(wanted);
  REQUIRE(found);
  REQUIRE(found->rows.size() == 5);
  using Texts = std::vector<std::string>;

  const IssuanceRow& provisional = found->rows[0];
  CHECK(provisional.serial_key == SerialKey{"abc", 1000, 2000});
  CHECK(provisional.names == Texts{"a.example", "b.example"});
  CHECK(provisional.computed[Sort::precertificate] == Texts{"p1"});
  CHECK(provisional.computed[Sort::certificate].empty());
  CHECK(provisional.has_hashed_precertificate);
  CHECK(provisional.severity == Severity::info);
  CHECK(provisional.known_by == KnownBy::serial);
  CHECK_FALSE(provisional.is_certain);

  const IssuanceRow& with_certificate = found->rows[1];
  CHECK(with_certificate.computed[Sort::certificate] == Texts{"c2", "p2"});
  CHECK_FALSE(with_certificate.has_hashed_precertificate);
  CHECK(with_certificate.names.empty());

  const IssuanceRow& claimed = found->rows[2];
  CHECK_FALSE(claimed.serial_key);
  CHECK(claimed.claimed[Sort::precertificate] == Texts{"p3"});
  CHECK(claimed.has_unhashed_precertificate);
  CHECK(found->rows[3].claimed[Sort::certificate] == Texts{"c4"});
  CHECK_FALSE(found->rows[3].serial_key);
  CHECK_FALSE(found->rows[3].is_blank);
  CHECK(found->rows[4].is_blank);
  CHECK(sql.value("SELECT string_agg(importance, ' ' ORDER BY id) FROM public.alerts") ==
        "info critical critical critical critical");
}

TEST_CASE("a row that waited to confirm another is a pending conflict with it") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(schema_of_before());
  sql.run(
      "INSERT INTO public.alerts (event_id, payload, severity, tbs_sha256, serial_key, confirms,"
      "  serial_conflict) VALUES"
      " (gen_random_uuid(), 'x', 'info', 'a', 'k', NULL, false),"
      " (gen_random_uuid(), 'x', 'pending', 'a', 'k', 1, false),"
      " (gen_random_uuid(), 'x', 'pending', 'b', 'k', NULL, true),"
      " (gen_random_uuid(), 'x', 'suspicious', 'a', 'k', 1, false)");
  sql.run(schema_sql());
  CHECK(sql.value("SELECT string_agg(coalesce(conflict_with::text, '-'), ' ' ORDER BY id)"
                  " FROM public.alerts") == "- 1 1 -");
}

TEST_CASE("over the tables of before, schema.sql makes what it makes in an empty database") {
  PostgresDatabase fresh;
  PostgresDatabase database(Content::empty);
  database.console().run(schema_of_before());
  database.console().run(schema_sql());
  CHECK(shape(database.console()) == shape(fresh.console()));
  CHECK(is_well(database));
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

std::string privileges(PostgresConsole& sql, const std::string& role, const std::string& table) {
  return sql.value(
      "SELECT coalesce(string_agg(privilege, ' ' ORDER BY privilege), 'none') FROM unnest(ARRAY["
      "'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'SELECT WITH GRANT OPTION'])"
      " AS privilege WHERE has_table_privilege($1, $2, privilege)",
      {role, table});
}

TEST_CASE("new tables get the owner of alerts and every GRANT that stands on it") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(schema_of_before());
  const Role owner(sql, database.name() + "_owner");
  const Role service(sql, database.name() + "_service");
  const Role reader(sql, "\"" + database.name() + " reader\"");
  const Role nobody(sql, database.name() + "_nobody");
  sql.run("GRANT CREATE ON SCHEMA public TO " + owner.name());
  sql.run("ALTER TABLE public.alerts OWNER TO " + owner.name());
  sql.run("GRANT SELECT, INSERT, UPDATE, DELETE ON public.alerts TO " + service.name());
  sql.run("GRANT SELECT ON public.alerts TO " + reader.name() + " WITH GRANT OPTION");
  sql.run(schema_sql());
  const std::string reader_name = database.name() + " reader";
  for (const std::string table : {"public.alert_deliveries", "public.certwatch_destinations"}) {
    INFO(table);
    CHECK(sql.value("SELECT tableowner FROM pg_tables WHERE 'public.' || tablename = $1",
                    {table}) == owner.name());
    CHECK(privileges(sql, service.name(), table) == "DELETE INSERT SELECT UPDATE");
    CHECK(privileges(sql, reader_name, table) == "SELECT SELECT WITH GRANT OPTION");
    CHECK(privileges(sql, nobody.name(), table) == "none");
  }
  // No more is needed to insert.
  sql.run("SET ROLE " + service.name());
  sql.run(
      "INSERT INTO public.alert_deliveries (alert, kind, event_id, destination, told_since)"
      " VALUES (1, 'verdict', gen_random_uuid(), 'webhook', now())");
  sql.run("RESET ROLE");
  // What is taken away later stays away.
  sql.run("REVOKE ALL ON public.alert_deliveries FROM " + reader.name());
  sql.run(schema_sql());
  CHECK(privileges(sql, reader_name, "public.alert_deliveries") == "none");
}

TEST_CASE("what everybody may do with alerts, everybody may do with the new tables") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  const Role anybody(sql, database.name() + "_anybody");
  sql.run("GRANT SELECT ON public.alerts TO PUBLIC");
  sql.run(schema_sql());
  CHECK(privileges(sql, anybody.name(), "public.alert_deliveries") == "SELECT");
}

TEST_CASE("a role that owns only alerts can apply schema.sql once the other tables are there") {
  PostgresDatabase database(Content::empty);
  PostgresConsole& sql = database.console();
  sql.run(python_tables);
  const Role owner(sql, database.name() + "_owner");
  sql.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER TABLE public.alerts OWNER TO " +
          owner.name());
  sql.run("SET ROLE " + owner.name());
  CHECK_THROWS_WITH(sql.run(schema_sql()), ContainsSubstring("permission denied for schema"));
  sql.run("ROLLBACK");
  CHECK(columns(sql, "alerts") == "id fingerprint sans matched issuer seen_at delivered severity");
  // Somebody who may makes them.
  sql.run("RESET ROLE");
  sql.run(schema_sql());
  sql.run("DROP INDEX public.alerts_event_id; SET ROLE " + owner.name());
  // It may not create indexes: said as a warning, not as an error.
  sql.run(schema_sql());
  sql.run("RESET ROLE");
  CHECK(sql.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'alerts_event_id'") == "0");
  CHECK(is_well(database));
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
  postgres::PostgresLedgerStore store(dsn);
  const auto forbidden = store.check_schema();
  REQUIRE_FALSE(forbidden);
  CHECK(forbidden.error().kind == StoreError::Kind::unavailable);
  for (const char* table : {"public.alerts", "public.alert_deliveries", "public.certs",
                            "public.certwatch_destinations", "public.intent_current"}) {
    CHECK_THAT(forbidden.error().message, ContainsSubstring(table));
  }
  sql.run(granted_statements(service.name()));
  const auto granted = store.check_schema();
  INFO((granted ? "" : granted.error().message));
  CHECK(granted);
}

}  // namespace
}  // namespace certwatch
