#include "record/postgres/alert_sql.h"

namespace certwatch::postgres {
namespace {

// How a certificate is found in an inventory: record/inventory_match.h says the same in C++.

// A serial in its normal form (model/serial.h), but for leading zeros.
std::string serial_digits(const std::string& serial) {
  return "regexp_replace(translate(lower(" + serial +
         " COLLATE \"C\"), E':- \\t\\n\\x0b\\f\\r', ''), '^0x', '')";
}

// The set of names of a JSON array, for comparison: what cannot be a DNS name of two labels (no
// dot, an address, a URI, an e-mail address) is left out, since not every source lists it.
std::string names_of(const std::string& sans) {
  return "ARRAY(SELECT DISTINCT name FROM (SELECT rtrim(regexp_replace(lower(btrim(element, "
         "E' \\t\\n\\x0b\\f\\r') COLLATE \"C\"), '^dns:[ \\t-\\r]*', ''), '.') AS name"
         " FROM jsonb_array_elements_text(CASE jsonb_typeof(" +
         sans + ") WHEN 'array' THEN " + sans +
         " ELSE '[]' END) AS elements (element)) AS cleaned"
         " WHERE name LIKE '%.%' AND name !~ '[[:space:]:@/]' AND name !~ '^[0-9.]*$'"
         " ORDER BY name)";
}

// Certificates of the inventory that may have the serial of a row that asks for it:
// near(serial, sans, not_before, not_after). With an index on the validity it is asked for each
// row; without, one scan has to do for all of them, which the planner would not believe.
std::string near(const InventoryShape& shape) {
  if (shape.has_validity_index) {
    return R"(near AS NOT MATERIALIZED (
        SELECT serial, sans, not_before, not_after FROM public.certs
      ))";
  }
  return R"(near AS MATERIALIZED (
        SELECT serial, sans, not_before, not_after FROM public.certs
        WHERE EXISTS (SELECT FROM asking)
          AND (not_before IN (SELECT not_before FROM asking)) IS TRUE
      ))";
}

// Common table expressions that find, for the rows of
//   picked(id, fingerprints, tbs_sha256, serial, not_before, not_after, sans, asks_serial)
// by what the inventory knows them: known(id, known_by). The digest of nothing names no
// certificate.
std::string known(const InventoryShape& shape) {
  const std::string by_tbs = shape.has_tbs_column ? R"(
        SELECT DISTINCT p.id FROM picked AS p
        JOIN public.certs AS c ON c.tbs_sha256 = p.tbs_sha256 WHERE p.tbs_sha256 <> '')"
                                                  : "SELECT p.id FROM picked AS p WHERE false";
  return R"(
      by_fingerprint AS MATERIALIZED (
        SELECT DISTINCT p.id
        FROM picked AS p CROSS JOIN LATERAL unnest(p.fingerprints) AS seen (fingerprint)
        JOIN public.certs AS c ON c.fingerprint_sha1 = seen.fingerprint
        WHERE seen.fingerprint NOT IN ('', 'da39a3ee5e6b4b0d3255bfef95601890afd80709')
      ), by_tbs AS MATERIALIZED ()" +
         by_tbs + R"(
      ), asking AS MATERIALIZED (
        SELECT p.id, ltrim()" +
         serial_digits("p.serial") + R"(, '0') AS serial, p.not_before, p.not_after, p.sans
        FROM picked AS p
        WHERE p.asks_serial AND )" +
         serial_digits("p.serial") + R"( <> ''
          AND p.id NOT IN (SELECT id FROM by_fingerprint)
          AND p.id NOT IN (SELECT id FROM by_tbs)
      ), )" +
         near(shape) + R"(, alike AS MATERIALIZED (
        SELECT p.id, p.sans, c.sans AS inventory_sans
        FROM asking AS p JOIN near AS c
          ON c.not_before = p.not_before AND c.not_after = p.not_after
          AND ltrim()" +
         serial_digits("c.serial") + R"(, '0') = p.serial
        WHERE p.serial <> '' OR )" +
         serial_digits("c.serial") + R"( <> ''
      ), by_serial AS MATERIALIZED (
        SELECT DISTINCT id FROM alike
        WHERE CASE WHEN jsonb_typeof(inventory_sans) = 'array' AND inventory_sans <> '[]'
          AND inventory_sans::text COLLATE "C" !~ '[^\x01-\x7f]'
          THEN )" +
         names_of("inventory_sans") + " = " + names_of("sans") + R"(
          ELSE true END
      ), known AS MATERIALIZED (
        SELECT id, CASE WHEN id IN (SELECT id FROM by_fingerprint) THEN 'fingerprint'
                        WHEN id IN (SELECT id FROM by_tbs) THEN 'tbs'
                        WHEN id IN (SELECT id FROM by_serial) THEN 'serial' END AS known_by
        FROM picked
      ))";
}

// The rows are asked for by serial only where the answer matters: it is the costliest question.
// The transaction holds locks on all of them: it has inserted, amended or picked them. IS TRUE
// keeps the planner from going through all pending rows for each.
std::string judge_text(const InventoryShape& shape) {
  return R"(
      WITH picked AS MATERIALIZED (
        SELECT a.id, a.fingerprints, a.tbs_sha256, a.serial, a.not_before, a.not_after, a.sans,
          a.severity, a.confirms, a.serial_conflict,
          a.decide_at <= statement_timestamp() AS is_over,
          a.ours_by_serial AND NOT a.serial_conflict AND a.confirms IS NULL AS serial_suffices,
          a.severity = 'pending' AND a.confirms IS NULL AND NOT a.serial_conflict
            AND (a.ours_by_serial OR a.decide_at <= statement_timestamp()) AS asks_serial
        FROM unnest($1::uuid[]) AS wanted (event_id) JOIN public.alerts AS a USING (event_id)
        WHERE a.severity = 'pending' OR a.provisional
      ),)" +
         known(shape) + R"(,
      verdicts AS MATERIALIZED (
        SELECT p.id, p.severity AS before, p.confirms, k.known_by,
          k.known_by IN ('fingerprint', 'tbs') AS is_certain,
          CASE WHEN k.known_by IN ('fingerprint', 'tbs')
                 OR k.known_by = 'serial' AND p.serial_suffices THEN 'info'
               WHEN p.is_over THEN 'suspicious' END AS severity,
          CASE WHEN p.serial_conflict THEN 'serial_conflict'
               WHEN p.confirms IS NOT NULL OR k.known_by = 'serial' THEN 'serial_only'
               ELSE 'unknown' END AS reason
        FROM picked AS p JOIN known AS k USING (id)
      ), vanished AS (
        -- The certificate to a provisional row is ours: it is no alert, and the row is certain.
        DELETE FROM public.alerts AS a USING verdicts AS v
        WHERE a.id = v.id AND v.confirms IS NOT NULL AND v.severity = 'info'
          AND (a.severity = 'pending') IS TRUE
        RETURNING a.id, a.event_id, a.confirms, a.fingerprints, a.tbs_sha256
      ), gained AS (
        SELECT v.confirms AS id, max(v.tbs_sha256) AS tbs_sha256,
          coalesce(array_agg(f.fingerprint) FILTER (WHERE f.fingerprint IS NOT NULL), '{}')
            AS fingerprints
        FROM vanished AS v LEFT JOIN LATERAL unnest(v.fingerprints) AS f (fingerprint) ON true
        GROUP BY v.confirms
      ), merged AS (
        UPDATE public.alerts AS a SET provisional = false, has_certificate = true,
          is_precertificate = false, ours_by_serial = false,
          tbs_sha256 = coalesce(a.tbs_sha256, g.tbs_sha256),
          fingerprints = ARRAY(SELECT fingerprint
            FROM unnest(a.fingerprints || g.fingerprints) WITH ORDINALITY AS u (fingerprint, at)
            GROUP BY fingerprint ORDER BY min(at) LIMIT 16)
        FROM gained AS g WHERE a.id = g.id
      ), confirmed AS (
        UPDATE public.alerts AS a SET provisional = false FROM verdicts AS v
        WHERE a.id = v.id AND v.before <> 'pending' AND v.is_certain
          AND a.id NOT IN (SELECT id FROM gained)
      ), judged AS (
        UPDATE public.alerts AS a SET severity = v.severity,
          known_by = CASE WHEN v.severity = 'info' THEN v.known_by END,
          reason = CASE WHEN v.severity = 'suspicious' THEN v.reason END,
          provisional = v.severity = 'info' AND NOT v.is_certain,
          decided_at = statement_timestamp(),
          due_at = CASE WHEN $2::boolean THEN statement_timestamp() END
        FROM verdicts AS v
        WHERE a.id = v.id AND (a.severity = 'pending') IS TRUE AND v.severity IS NOT NULL
          AND NOT (v.confirms IS NOT NULL AND v.severity = 'info')
        RETURNING a.id, a.event_id, a.severity, a.known_by, a.reason, a.matched
      )
      SELECT id, event_id, severity, known_by, reason, matched, NULL::bigint FROM judged
      UNION ALL SELECT id, event_id, NULL, NULL, NULL, NULL, confirms FROM vanished
      ORDER BY 1)";
}

// What is still under way itself is followed by its resolution when it has arrived; what was never
// sent needs none. IS TRUE keeps the planner from going through all unresolved rows for each id.
std::string resolve_text(const InventoryShape& shape) {
  return R"(
      WITH picked AS MATERIALIZED (
        SELECT a.id, a.fingerprints, a.tbs_sha256, a.serial, a.not_before, a.not_after, a.sans,
          a.ours_by_serial AND NOT a.serial_conflict AND a.confirms IS NULL AS asks_serial
        FROM unnest($1::bigint[]) AS wanted (id) JOIN public.alerts AS a USING (id)
        WHERE (a.severity = 'suspicious' AND a.resolved_at IS NULL) IS TRUE
      ),)" +
         known(shape) + R"(,
      resolved AS (
        UPDATE public.alerts AS a SET known_by = k.known_by,
          provisional = k.known_by = 'serial',
          resolved_at = statement_timestamp(), resolution_id = gen_random_uuid(),
          due_at = CASE WHEN a.due_at IS NULL AND a.delivered AND a.payload IS NOT NULL
            AND $2::boolean THEN statement_timestamp() ELSE a.due_at END,
          attempts = CASE WHEN a.due_at IS NULL THEN 0 ELSE a.attempts END
        FROM known AS k
        WHERE a.id = k.id AND k.known_by IS NOT NULL
          AND (a.severity = 'suspicious' AND a.resolved_at IS NULL) IS TRUE
          -- It may have lost its serial since it was picked.
          AND (k.known_by <> 'serial' OR a.ours_by_serial AND NOT a.serial_conflict)
        RETURNING a.id, a.event_id, a.severity, a.known_by, a.reason, a.matched, a.confirms
      ), confirmed AS (
        UPDATE public.alerts AS a SET provisional = false FROM resolved AS r
        WHERE a.id = r.confirms AND r.known_by IN ('fingerprint', 'tbs')
      )
      SELECT id, event_id, severity, known_by, reason, matched FROM resolved ORDER BY id)";
}

std::string look_up_text(const InventoryShape& shape) {
  return R"(
      WITH picked AS MATERIALIZED (
        SELECT 0::bigint AS id, ARRAY[$1::text] AS fingerprints, $2::text AS tbs_sha256,
          $3::text AS serial, $4::bigint AS not_before, $5::bigint AS not_after,
          $6::jsonb AS sans, true AS asks_serial
      ),)" +
         known(shape) + " SELECT known_by FROM known";
}

}  // namespace

const Statement begin_transaction{"begin_transaction", "BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement commit_transaction{"commit_transaction", "COMMIT"};
const Statement set_savepoint{"set_savepoint", "SAVEPOINT recorded"};
const Statement return_to_savepoint{"return_to_savepoint", "ROLLBACK TO SAVEPOINT recorded"};
const Statement limit_statement_in_transaction{
    "limit_statement_in_transaction", "SELECT set_config('statement_timeout', $1::text, true)"};
const Statement limit_locks_in_transaction{"limit_locks_in_transaction",
                                           "SELECT set_config('lock_timeout', $1::text, true)"};

const Statement lock_identities{
    "lock_identities",
    "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS identities (key)"};

// Rows of the Python service have one fingerprint, and no list of them.
const Statement find_rows{"find_rows", R"(
      SELECT id, event_id, coalesce(fingerprints, ARRAY[fingerprint]), tbs_sha256, serial_key,
        source_key, provisional, confirms, is_precertificate, ours_by_serial, serial_conflict,
        has_certificate, severity, known_by, reason,
        CASE WHEN event_id = ANY ($5::uuid[]) THEN matched END
      FROM public.alerts
      WHERE tbs_sha256 = ANY ($1::text[]) OR serial_key = ANY ($2::text[])
        OR source_key = ANY ($3::text[]) OR fingerprints && $4::text[]
        OR event_id = ANY ($5::uuid[])
        OR fingerprints IS NULL AND fingerprint = ANY ($4::text[])
      ORDER BY id)"};

const Statement insert_row{"insert_row", R"(
      INSERT INTO public.alerts (fingerprint, sans, matched, issuer, seen_at, delivered, severity,
        event_id, payload, recorded_at, decide_at, fingerprints, tbs_sha256, serial_key, source_key,
        serial, not_before, not_after, is_precertificate, ours_by_serial, serial_conflict, confirms,
        has_certificate)
      VALUES ($1, $2::jsonb, $3::jsonb, $4, $5, false, 'pending', $6::uuid, $7,
        statement_timestamp(), statement_timestamp() + make_interval(secs => $8::float8),
        $9::text[], $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
      RETURNING id)"};

const Statement amend_row{"amend_row", R"(
      UPDATE public.alerts AS a SET
        fingerprints = ARRAY(SELECT fingerprint
          FROM unnest(coalesce(a.fingerprints, ARRAY[a.fingerprint]) || $2::text[])
            WITH ORDINALITY AS u (fingerprint, at)
          GROUP BY fingerprint ORDER BY min(at) LIMIT 16),
        tbs_sha256 = coalesce(a.tbs_sha256, $3),
        serial = CASE WHEN a.serial_key IS NULL AND $4::text IS NOT NULL
          THEN $5 ELSE a.serial END,
        not_before = CASE WHEN a.serial_key IS NULL AND $4::text IS NOT NULL
          THEN $6 ELSE a.not_before END,
        not_after = CASE WHEN a.serial_key IS NULL AND $4::text IS NOT NULL
          THEN $7 ELSE a.not_after END,
        serial_key = coalesce(a.serial_key, $4::text),
        is_precertificate = a.is_precertificate AND $8::boolean,
        ours_by_serial = (a.ours_by_serial OR $9::boolean) AND NOT a.serial_conflict
          AND NOT (coalesce(a.has_certificate, false) OR $10::boolean) AND a.confirms IS NULL,
        has_certificate = a.has_certificate OR $10::boolean
      WHERE id = $1)"};

// What has to be decided by the row as it is when its lock is had, in one UPDATE: another replica
// may just be calling it ours. (loss() in record/inventory_match.h.) Whoever still posts the event
// that it was finds nothing to settle.
const Statement take_serial{"take_serial", R"(
      WITH ours AS MATERIALIZED (
        SELECT serial_key, tbs_sha256 FROM public.alerts
        WHERE event_id = ANY ($1::uuid[]) AND serial_conflict
          AND (severity = 'info' OR resolved_at IS NOT NULL) AND known_by IN ('fingerprint', 'tbs')
      ), taken AS (
        UPDATE public.alerts AS r SET serial_conflict = true, ours_by_serial = false,
          event_id = CASE WHEN r.provisional THEN gen_random_uuid() ELSE r.event_id END,
          severity = CASE WHEN r.provisional THEN 'suspicious' ELSE r.severity END,
          reason = CASE WHEN r.provisional THEN 'serial_conflict' ELSE r.reason END,
          known_by = CASE WHEN NOT r.provisional THEN r.known_by END,
          decided_at = CASE WHEN r.provisional THEN statement_timestamp() ELSE r.decided_at END,
          due_at = CASE WHEN NOT r.provisional THEN r.due_at
                        WHEN $2::boolean THEN statement_timestamp() END,
          lease_until = CASE WHEN NOT r.provisional THEN r.lease_until END,
          attempts = CASE WHEN r.provisional THEN 0 ELSE r.attempts END,
          last_error = CASE WHEN NOT r.provisional THEN r.last_error END,
          delivered = r.delivered AND NOT r.provisional,
          delivered_at = CASE WHEN NOT r.provisional THEN r.delivered_at END,
          abandoned_at = CASE WHEN NOT r.provisional THEN r.abandoned_at END,
          resolved_at = NULL, resolution_id = NULL, resolution_delivered_at = NULL,
          provisional = false
        FROM ours AS o
        WHERE r.serial_key = o.serial_key AND r.tbs_sha256 <> o.tbs_sha256
          AND (CASE WHEN r.provisional
            THEN NOT EXISTS (SELECT FROM public.alerts AS c WHERE c.serial_key = r.serial_key
              AND c.tbs_sha256 = r.tbs_sha256 AND c.confirms = r.id)
            ELSE r.ours_by_serial AND (r.severity = 'pending'
              OR r.severity = 'suspicious' AND r.resolved_at IS NULL) END) IS TRUE
        RETURNING r.id, r.event_id, r.severity, r.known_by, r.reason, r.matched,
          r.decided_at = statement_timestamp() AS is_overturned
      )
      SELECT id, event_id, severity, known_by, reason, matched, NULL::bigint FROM taken
      WHERE is_overturned ORDER BY 1)"};

const Statement pick_overdue{"pick_overdue", R"(
      SELECT event_id, serial_conflict FROM public.alerts
      WHERE severity = 'pending' AND decide_at <= statement_timestamp() AND event_id IS NOT NULL
      ORDER BY decide_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)"};

const Statement pick_unresolved{"pick_unresolved", R"(
      SELECT id, CASE WHEN serial_conflict THEN event_id END FROM public.alerts
      WHERE severity = 'suspicious' AND resolved_at IS NULL
        AND decided_at > statement_timestamp() - make_interval(secs => $1::float8)
        AND id > $2
      ORDER BY id LIMIT $3)"};

const Statement find_inventory_shape{"find_inventory_shape", R"(
      SELECT
        EXISTS (SELECT FROM pg_catalog.pg_attribute
          WHERE attrelid = certs AND attname = 'tbs_sha256' AND NOT attisdropped),
        EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = certs AND i.indisvalid AND i.indpred IS NULL
            AND a.attname IN ('not_before', 'not_after'))
      FROM to_regclass('public.certs') AS inventory (certs))"};

namespace {

// One of four, made when first needed.
template <class Text>
const Statement& variant(const InventoryShape& shape, const char* const (&names)[4], Text text) {
  static const Statement all[] = {{names[0], text({false, false})},
                                  {names[1], text({true, false})},
                                  {names[2], text({false, true})},
                                  {names[3], text({true, true})}};
  return all[(shape.has_tbs_column ? 1 : 0) + (shape.has_validity_index ? 2 : 0)];
}

}  // namespace

const Statement& judge(const InventoryShape& shape) {
  return variant(shape, {"judge", "judge_t", "judge_v", "judge_tv"},
                 [](const InventoryShape& one) { return judge_text(one); });
}

const Statement& resolve(const InventoryShape& shape) {
  return variant(shape, {"resolve", "resolve_t", "resolve_v", "resolve_tv"},
                 [](const InventoryShape& one) { return resolve_text(one); });
}

const Statement& look_up(const InventoryShape& shape) {
  return variant(shape, {"look_up", "look_up_t", "look_up_v", "look_up_tv"},
                 [](const InventoryShape& one) { return look_up_text(one); });
}

}  // namespace certwatch::postgres
