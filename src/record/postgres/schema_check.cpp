#include "record/postgres/schema_check.h"

#include <string>
#include <string_view>
#include <vector>

#include "record/postgres/session.h"

namespace certwatch::postgres {
namespace {

struct Required {
  const char* table;
  const char* columns;
};
constexpr Required all_required[] = {
    {"alerts",
     "id fingerprint sans matched issuer seen_at delivered severity event_id payload known_by"
     " reason recorded_at decide_at decided_at resolved_at fingerprints tbs_sha256 source_key"
     " serial not_before not_after identity_facts issuance_key names computed_precertificates"
     " computed_certificates claimed_precertificates claimed_certificates"
     " has_hashed_precertificate has_unhashed_precertificate is_blank is_crowded is_certain"
     " is_refuted conflict_with refutes kind importance"},
    {"alert_deliveries",
     "id alert kind event_id destination told_since due_at lease_until attempts delivered_at"
     " abandoned_at requeued_at last_error"},
    {"certwatch_destinations", "name least announced_at"},
    {"certs", "fingerprint_sha1 serial sans not_before not_after"},
    {"intent_current", "fqdn"}};

const Statement find_missing{
    "find_missing",
    "SELECT t, c, CASE WHEN relation IS NULL THEN 'table' WHEN a.attnum IS NULL THEN 'column'"
    "   ELSE 'permission' END"
    " FROM (SELECT t, c, to_regclass('public.' || t) AS relation"
    "   FROM unnest($1::text[], $2::text[]) AS required (t, columns),"
    "     unnest(string_to_array(columns, ' ')) AS c) AS required"
    " LEFT JOIN pg_catalog.pg_attribute AS a"
    "   ON a.attrelid = relation AND a.attname = c AND NOT a.attisdropped"
    " WHERE a.attnum IS NULL OR NOT has_column_privilege(relation, a.attnum, 'SELECT')"
    "   OR t NOT IN ('certs', 'intent_current') AND NOT (has_column_privilege(relation, a.attnum, "
    "'INSERT')"
    "     AND has_column_privilege(relation, a.attnum, 'UPDATE')"
    "     AND has_table_privilege(relation, 'DELETE'))"
    " ORDER BY t, c"};

const Statement find_encoding{"find_encoding", "SELECT current_setting('server_encoding')"};

// "public.certs is missing; public.alerts lacks payload, reason"
std::string describe(const Answer& missing, std::string_view of_kind) {
  std::string text;
  std::string last_table;
  for (int row = 0; row < missing.rows(); ++row) {
    if (missing.view(row, 2) != of_kind) continue;
    const std::string table = missing.text(row, 0);
    const bool again = table == last_table;
    last_table = table;
    if (of_kind == "column") {
      text += again ? ", " : (text.empty() ? "" : "; ") + ("public." + table + " lacks ");
      text += missing.view(row, 1);
    } else if (!again) {
      text += (text.empty() ? "" : ", ") + ("public." + table);
    }
  }
  return text;
}

}  // namespace

StoreResult<void> check_schema(Session& session) {
  if (auto begun = session.begin("check the tables"); !begun) return begun;
  std::vector<std::string> tables;
  std::vector<std::string> columns;
  for (const Required& one : all_required) {
    tables.emplace_back(one.table);
    columns.emplace_back(one.columns);
  }
  const Round round =
      session.ask({{find_missing, Parameters().texts(tables).texts(columns)}, {find_encoding, {}}});
  if (!round.ok()) return round.error();
  // Names and issuers may be in any script: another encoding has no characters for some of them.
  if (const std::string encoding = round.answers[1].text(0, 0); encoding != "UTF8") {
    return store_failure(
        StoreError::Kind::missing_table,
        "move to a database with ENCODING 'UTF8': this one has the encoding " + encoding);
  }
  const Answer& missing = round.answers[0];
  const std::string absent = describe(missing, "table");
  const std::string incomplete = describe(missing, "column");
  if (!absent.empty() || !incomplete.empty()) {
    // What to do comes first: the log cuts a long list.
    std::string message = "apply schema.sql: ";
    if (!absent.empty()) message += "missing: " + absent;
    if (!incomplete.empty()) message += (absent.empty() ? "" : "; ") + incomplete;
    return store_failure(StoreError::Kind::missing_table, std::move(message));
  }
  const std::string forbidden = describe(missing, "permission");
  if (!forbidden.empty()) {
    return store_failure(StoreError::Kind::unavailable,
                         "no permission for " + forbidden + ": see the GRANTs in schema.sql");
  }
  return {};
}

}  // namespace certwatch::postgres
