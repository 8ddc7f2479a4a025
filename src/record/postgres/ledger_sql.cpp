#include "record/postgres/ledger_sql.h"

#include "ledger/changes.h"
#include "record/postgres/issuance_rows.h"

namespace certwatch::postgres {
namespace {

// Of each identity the rows that the ledger looks at: certain ones, then those that are not quiet,
// then the oldest.
const std::string most = std::to_string(ledger::most_rows_of_a_key);
const std::string find = R"(
      WITH sharing AS (
        SELECT 'key' AS asked_by, issuance_key AS identity, id, is_certain, severity, resolved_at
        FROM public.alerts WHERE issuance_key = ANY ($1::text[])
        UNION ALL
        SELECT 'tbs', tbs_sha256, id, is_certain, severity, resolved_at
        FROM public.alerts WHERE tbs_sha256 = ANY ($2::text[])
        UNION ALL
        SELECT 'fingerprint', wanted.one, id, is_certain, severity, resolved_at
        FROM unnest($3::text[]) AS wanted (one)
        JOIN public.alerts ON fingerprints @> ARRAY[wanted.one]
        UNION ALL
        -- Rows of the Python service.
        SELECT 'fingerprint', fingerprint, id, is_certain, severity, resolved_at
        FROM public.alerts WHERE fingerprints IS NULL AND fingerprint = ANY ($3::text[])
        UNION ALL
        SELECT 'source', source_key, id, is_certain, severity, resolved_at
        FROM public.alerts WHERE source_key = ANY ($4::text[])
        UNION ALL
        SELECT 'event', event_id::text, id, is_certain, severity, resolved_at
        FROM public.alerts WHERE event_id = ANY ($5::uuid[])
      ), ranked AS (
        SELECT asked_by, id, count(*) OVER (PARTITION BY asked_by, identity) AS of_identity,
          row_number() OVER (PARTITION BY asked_by, identity ORDER BY
            NOT is_certain, severity = 'info' OR resolved_at IS NOT NULL, id) AS place
        FROM sharing
      ), found AS (
        SELECT id, bool_or(asked_by = 'key' AND of_identity > )" +
                         most + R"() AS is_crowded
        FROM ranked WHERE place <= )" +
                         most + R"( GROUP BY id
      )
      SELECT )" + std::string(issuance_columns) +
                         R"(, found.is_crowded
      FROM found JOIN public.alerts AS a USING (id) ORDER BY a.id)";

const std::string inserted_columns = std::string(written_columns) +
                                     ", decided_at, resolved_at, recorded_at, delivered,"
                                     " fingerprint, identity_facts, payload, sans, matched, issuer,"
                                     " seen_at";
const std::string inserted_values = std::string(written_values) +
                                    ", to_timestamp($27::float8), to_timestamp($28::float8),"
                                    " to_timestamp($29::float8), false";

}  // namespace

const Statement lock_identities{
    "lock_identities",
    "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS identities (key)"};

const Statement find_rows{"find_rows", find};
const Statement find_and_lock_rows{"find_and_lock_rows", find + " FOR UPDATE OF a"};

const Statement find_destinations{"find_destinations", R"(
      SELECT extract(epoch FROM statement_timestamp())::float8, name, least
      FROM (SELECT) AS one LEFT JOIN public.certwatch_destinations
        ON announced_at > statement_timestamp() - make_interval(secs => $1::float8)
      ORDER BY name)"};

const Statement find_verdict_deliveries{"find_verdict_deliveries", R"(
      SELECT alert, destination, abandoned_at IS NOT NULL FROM public.alert_deliveries
      WHERE alert = ANY ($1::bigint[]) AND kind = 'verdict' ORDER BY id)"};

const Statement set_savepoint{"set_savepoint", "SAVEPOINT loaded"};
const Statement return_to_savepoint{"return_to_savepoint", "ROLLBACK TO SAVEPOINT loaded"};
const Statement limit_statements_to{"limit_statements_to",
                                    "SELECT set_config('statement_timeout', $1::text, true)"};

const Statement insert_alert{"insert_alert",
                             "INSERT INTO public.alerts (" + inserted_columns + ") VALUES (" +
                                 inserted_values +
                                 ", $30::text, $31::text, $32::text, $33::jsonb, $34::jsonb,"
                                 " $35::text, $36::bigint) RETURNING id"};

const Statement tell_apart{
    "tell_apart", "INSERT INTO public.alerts (" + inserted_columns + ") SELECT " + inserted_values +
                      ", coalesce($32::text, other.fingerprint),"
                      " coalesce($33::text, other.identity_facts), other.payload,"
                      " other.sans, other.matched, other.issuer, other.seen_at"
                      " FROM public.alerts AS other"
                      " WHERE other.id = $30::bigint OR other.event_id = $31::uuid"
                      " RETURNING id"};

const Statement update_alert{"update_alert",
                             "UPDATE public.alerts SET (" + std::string(written_columns) +
                                 ", decided_at, resolved_at) = ROW (" + written_values +
                                 ", coalesce(to_timestamp($27::float8), decided_at),"
                                 " coalesce(to_timestamp($28::float8), resolved_at))"
                                 " WHERE id = $29::bigint"};

const Statement name_new_rows{"name_new_rows", R"(
      UPDATE public.alerts AS a SET
        conflict_with = coalesce(
          (SELECT id FROM public.alerts WHERE event_id = $2::uuid), a.conflict_with),
        refutes = coalesce((SELECT id FROM public.alerts WHERE event_id = $3::uuid), a.refutes)
      WHERE a.event_id = $1::uuid)"};

const Statement insert_deliveries{"insert_deliveries", R"(
      INSERT INTO public.alert_deliveries (alert, kind, event_id, destination, told_since, due_at)
      SELECT CASE WHEN told.alert > 0 THEN told.alert
          ELSE (SELECT id FROM public.alerts AS a WHERE a.event_id = told.event_id) END,
        told.kind, told.event_id, told.destination, to_timestamp($5::float8),
        to_timestamp($5::float8)
      FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[])
        AS told (alert, kind, event_id, destination))"};

const Statement pick_overdue_rows{"pick_overdue", std::string("SELECT ") + issuance_columns + R"(
      FROM public.alerts AS a
      WHERE a.severity = 'pending' AND a.decide_at <= statement_timestamp()
        AND a.event_id IS NOT NULL
      ORDER BY a.decide_at, a.id LIMIT $1 FOR UPDATE SKIP LOCKED)"};

const Statement pick_unresolved_rows{"pick_unresolved",
                                     std::string("SELECT ") + issuance_columns + R"(
      FROM public.alerts AS a
      WHERE a.severity = 'suspicious' AND a.resolved_at IS NULL
        AND a.decided_at > statement_timestamp() - make_interval(secs => $1::float8)
        AND a.event_id IS NOT NULL AND a.id > $2
      ORDER BY a.id LIMIT $3)"};

}  // namespace certwatch::postgres
