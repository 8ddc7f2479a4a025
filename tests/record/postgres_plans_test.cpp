// How the server executes what is asked for each batch of arrivals.
#include "record/postgres/inventory_sql.h"
#include "record/postgres/ledger_sql.h"
#include "record/postgres/transaction.h"
#include "support/catch.h"
#include "support/postgres_database.h"

namespace certwatch::postgres {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string text_of(const std::vector<PostgresConsole::Row>& rows) {
  std::string text;
  for (const auto& row : rows) text += row.at(0).value_or("") + "\n";
  return text;
}

// The plan that a session keeps, whatever the values.
std::string plan(PostgresConsole& sql, const Statement& statement, const std::string& values) {
  sql.run("SET plan_cache_mode = force_generic_plan; BEGIN; " + prefer_indexes.text);
  sql.run(std::string("PREPARE ") + statement.name + " AS " + statement.text);
  const std::string found =
      text_of(sql.run(std::string("EXPLAIN EXECUTE ") + statement.name + values));
  sql.run("ROLLBACK");
  return found;
}

TEST_CASE("what is planned for empty tables goes by indexes, and stays good for full ones") {
  PostgresDatabase database;
  struct Row {
    const Statement& statement;
    const char* values;
    std::vector<const char*> indexes;
  };
  const Row rows[] = {
      {find_rows,
       "('{}', '{}', '{}', '{}', '{}')",
       {"alerts_issuance_key", "alerts_tbs_sha256", "alerts_fingerprints", "alerts_python",
        "alerts_source_key", "alerts_event_id", "alerts_pkey"}},
      {find_certificates,
       "('{}', '{}', '{}', '{}', '{}')",
       {"certs_pkey", "certs_tbs_sha256", "certs_validity"}},
      {find_verdict_deliveries, "('{}')", {"alert_deliveries_alert"}},
  };
  for (const Row& row : rows) {
    const std::string found = plan(database.console(), row.statement, row.values);
    for (const char* index : row.indexes) CHECK_THAT(found, ContainsSubstring(index));
    for (const char* slow : {"Seq Scan", "Hash Join", "Merge Join"}) {
      CHECK_THAT(found, !ContainsSubstring(slow));
    }
  }
}

}  // namespace
}  // namespace certwatch::postgres
