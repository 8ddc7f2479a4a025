#include "record/postgres/alert_archive.h"

#include "record/postgres/session.h"

namespace certwatch::postgres {
namespace {

// Rows of the Python service have no recorded_at: each half has an index of its own.
const Statement prune_alerts{"prune_alerts", R"(
      WITH old AS (
        SELECT id FROM public.alerts
        WHERE severity <> 'pending' AND due_at IS NULL
          AND (recorded_at < statement_timestamp() - make_interval(secs => $1::float8)
            OR recorded_at IS NULL
              AND seen_at < extract(epoch FROM statement_timestamp())::float8 - $1::float8)
        LIMIT $2 FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM public.alerts WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1
      )
      SELECT count(*) FROM gone)"};

const Statement list_alerts{"list_alerts", R"(
      SELECT * FROM (
        SELECT id, event_id, fingerprint, matched, issuer, severity, known_by, reason, seen_at,
          coalesce(floor(extract(epoch FROM recorded_at))::bigint, seen_at) AS since,
          delivered, resolved_at IS NOT NULL
        FROM public.alerts
        WHERE id > $1 AND ($3::text IS NULL OR severity = $3::text)) AS rows
      WHERE $2::bigint IS NULL OR since >= $2::bigint
      ORDER BY id LIMIT $4)"};

// What is still due is only hastened; an attempt under way decides for itself. What was delivered
// goes out again, followed by its resolution: that shall be the receiver's last word.
const Statement requeue_alert{"requeue_alert", R"(
      UPDATE public.alerts SET
        due_at = CASE WHEN due_at IS NOT NULL AND lease_until > statement_timestamp()
          THEN due_at ELSE statement_timestamp() END,
        attempts = CASE WHEN due_at IS NULL THEN 0 ELSE attempts END,
        delivered = delivered AND due_at IS NOT NULL,
        delivered_at = CASE WHEN due_at IS NOT NULL THEN delivered_at END,
        resolution_delivered_at = CASE WHEN due_at IS NOT NULL THEN resolution_delivered_at END,
        abandoned_at = NULL, requeued_at = statement_timestamp()
      WHERE id = $1 AND payload IS NOT NULL AND severity IN ('info', 'suspicious')
      RETURNING id)"};

}  // namespace

PostgresAlertArchive::PostgresAlertArchive(Secret dsn)
    : session_(std::make_unique<Session>(std::move(dsn))) {}

PostgresAlertArchive::~PostgresAlertArchive() = default;

StoreResult<std::size_t> PostgresAlertArchive::prune(Seconds retention, std::size_t most) {
  if (auto begun = session_->begin("delete old alerts"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters limits;
  limits.seconds(retention).integer(static_cast<std::int64_t>(most));
  const Round round = session_->ask({prune_alerts, std::move(limits)});
  if (!round.ok()) return round.error();
  return static_cast<std::size_t>(round.answers[0].integer(0, 0));
}

StoreResult<std::vector<AlertRow>> PostgresAlertArchive::list(const AlertFilter& filter) {
  if (auto begun = session_->begin("list alerts"); !begun) return tl::unexpected(begun.error());
  Parameters wanted;
  wanted.integer(filter.after_row).optional_integer(filter.since);
  if (filter.severity) {
    wanted.text(word(*filter.severity));
  } else {
    wanted.null();
  }
  wanted.integer(static_cast<std::int64_t>(filter.most));
  const Round round = session_->ask({list_alerts, std::move(wanted)});
  if (!round.ok()) return round.error();
  const Answer& answer = round.answers[0];
  std::vector<AlertRow> rows;
  for (int i = 0; i < answer.rows(); ++i) {
    AlertRow row;
    row.row = answer.integer(i, 0);
    row.event_id = answer.text(i, 1);
    row.fingerprint = answer.text(i, 2);
    row.matched = answer.text(i, 3);
    row.issuer = answer.text(i, 4);
    row.severity = answer.text(i, 5);
    row.known_by = answer.text(i, 6);
    row.reason = answer.text(i, 7);
    row.seen_at = answer.integer(i, 8);
    row.recorded_at = answer.integer(i, 9);
    row.delivered = answer.boolean(i, 10);
    row.resolved = answer.boolean(i, 11);
    rows.push_back(std::move(row));
  }
  return rows;
}

StoreResult<bool> PostgresAlertArchive::requeue(std::int64_t row) {
  if (auto begun = session_->begin("requeue an alert"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round = session_->ask({requeue_alert, Parameters().integer(row)});
  if (!round.ok()) return round.error();
  return round.answers[0].rows() == 1;
}

void PostgresAlertArchive::hurry() {
  session_->hurry();
}

}  // namespace certwatch::postgres
