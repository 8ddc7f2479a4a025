#include "record/postgres/delivery_queue.h"

#include <algorithm>

#include "base/json_text.h"
#include "record/postgres/alert_sql.h"
#include "record/postgres/session.h"
#include "record/stored_words.h"

namespace certwatch::postgres {
namespace {

// A row carries two events after each other: the alert, and, if it was found to be ours after all,
// its resolution. due_at is set while one of them is on its way; `delivered` tells which.

// The columns of a Delivery, of a row `a`.
const std::string delivery_columns = R"(
        a.id, a.attempts, CASE WHEN a.delivered THEN a.resolution_id ELSE a.event_id END AS event,
        CASE WHEN a.delivered THEN a.event_id END AS resolves,
        CASE WHEN a.delivered THEN 'info' ELSE a.severity END AS severity,
        CASE WHEN a.delivered OR a.severity = 'info' THEN a.known_by END AS known_by,
        CASE WHEN NOT a.delivered THEN a.reason END AS reason, a.payload, a.matched)";

// Since when there is something to tell: what an operator asked for again counts from then.
const std::string known_since =
    "greatest(a.requeued_at, CASE WHEN a.delivered THEN a.resolved_at ELSE a.decided_at END)";

// A lost lease only means that another attempt begins earlier: no reason to wait for the disk.
const Statement do_not_wait_for_disk{"do_not_wait_for_disk",
                                     "SELECT set_config('synchronous_commit', 'off', true)"};

const Statement claim_due{"claim_due", R"(
      WITH due AS (
        SELECT id, due_at FROM public.alerts
        WHERE due_at <= statement_timestamp() AND payload IS NOT NULL
        ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
      ), claimed AS (
        UPDATE public.alerts AS a SET attempts = a.attempts + 1,
          due_at = statement_timestamp() + make_interval(secs => $2::float8),
          lease_until = statement_timestamp() + make_interval(secs => $2::float8)
        WHERE a.id = ANY (ARRAY(SELECT id FROM due))
        RETURNING )" + delivery_columns + R"(
      )
      SELECT claimed.* FROM claimed JOIN due USING (id) ORDER BY due.due_at, id)"};

// $1 row, $2 event id. Its resolution, if there is one already, is next.
const Statement settle_delivered{"settle_delivered", R"(
      UPDATE public.alerts AS a SET
        delivered = true,
        delivered_at = CASE WHEN a.event_id = $2::uuid
          THEN statement_timestamp() ELSE a.delivered_at END,
        resolution_delivered_at = CASE WHEN a.event_id = $2::uuid
          THEN a.resolution_delivered_at ELSE statement_timestamp() END,
        due_at = CASE WHEN a.event_id = $2::uuid AND a.resolution_id IS NOT NULL
          AND a.resolution_delivered_at IS NULL THEN statement_timestamp() END,
        attempts = CASE WHEN a.event_id = $2::uuid AND a.resolution_id IS NOT NULL
          AND a.resolution_delivered_at IS NULL THEN 0 ELSE a.attempts END,
        lease_until = NULL, abandoned_at = NULL, last_error = NULL
      WHERE a.id = $1
        AND (a.event_id = $2::uuid AND NOT a.delivered
          OR a.resolution_id = $2::uuid AND a.delivered AND a.resolution_delivered_at IS NULL))"};

// $1 row, $2 event id, $3 attempt, $4 error, $5 seconds from now; null: given up.
const Statement settle_failed{"settle_failed", R"(
      UPDATE public.alerts AS a SET
        due_at = statement_timestamp() + make_interval(secs => $5::float8),
        abandoned_at = CASE WHEN $5::float8 IS NULL THEN statement_timestamp() END,
        lease_until = NULL, last_error = $4
      WHERE a.id = $1 AND a.attempts = $3 AND a.due_at IS NOT NULL
        AND CASE WHEN a.delivered THEN a.resolution_id ELSE a.event_id END = $2::uuid)"};

const Statement give_up_old{"give_up_old", R"(
      WITH old AS (
        SELECT a.id FROM public.alerts AS a
        WHERE a.due_at IS NOT NULL
          AND (a.lease_until IS NULL OR a.lease_until <= statement_timestamp())
          AND (a.attempts > 0 OR a.payload IS NULL)
          AND )" + known_since + R"( < statement_timestamp() - make_interval(secs => $1::float8)
        FOR UPDATE SKIP LOCKED
      )
      UPDATE public.alerts AS a
      SET due_at = NULL, lease_until = NULL, abandoned_at = statement_timestamp()
      WHERE a.id = ANY (ARRAY(SELECT id FROM old)) RETURNING)" +
                                               delivery_columns};

// $1 seconds back, $2 at most so many. The condition and the expression are those of the index
// alerts_untold. Whatever has been tried has attempts; a resolution begins with none.
const Statement adopt_untold{"adopt_untold", R"(
      WITH untold AS (
        SELECT id FROM public.alerts
        WHERE due_at IS NULL AND attempts = 0 AND abandoned_at IS NULL AND payload IS NOT NULL
          AND severity <> 'pending'
          AND (CASE WHEN delivered THEN resolved_at ELSE decided_at END)
            > statement_timestamp() - make_interval(secs => $1::float8)
          AND resolution_delivered_at IS NULL
        ORDER BY CASE WHEN delivered THEN resolved_at ELSE decided_at END, id
        LIMIT $2 FOR UPDATE SKIP LOCKED
      )
      UPDATE public.alerts SET due_at = statement_timestamp()
      WHERE id = ANY (ARRAY(SELECT id FROM untold)) RETURNING 1)"};

const Statement next_due{"next_due", R"(
      SELECT extract(epoch FROM due_at - statement_timestamp())::float8 FROM public.alerts
      WHERE due_at IS NOT NULL AND payload IS NOT NULL ORDER BY due_at LIMIT 1)"};

const Statement count_deliveries{"count_deliveries", R"(
      SELECT pending, overdue, due, extract(epoch FROM statement_timestamp() - oldest)::float8
      FROM (SELECT count(*) AS pending, count(*) FILTER (
              WHERE decide_at < statement_timestamp() - interval '5 s') AS overdue
            FROM public.alerts WHERE severity = 'pending') AS verdicts,
           (SELECT count(*) AS due, min()" + known_since +
                                                         R"() AS oldest FROM public.alerts AS a
            WHERE a.due_at IS NOT NULL AND a.payload IS NOT NULL) AS deliveries)"};

std::vector<Delivery> read_deliveries(const Answer& answer) {
  std::vector<Delivery> deliveries;
  for (int row = 0; row < answer.rows(); ++row) {
    Delivery delivery;
    delivery.row = answer.integer(row, 0);
    delivery.attempt = static_cast<int>(answer.integer(row, 1));
    delivery.event_id = answer.text(row, 2);
    delivery.resolves = answer.optional_text(row, 3);
    delivery.severity = severity_of(answer.view(row, 4));
    delivery.known_by = known_by_of(answer.view(row, 5));
    delivery.reason = reason_of(answer.view(row, 6));
    delivery.payload = answer.text(row, 7);
    delivery.matched = answer.text(row, 8);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

}  // namespace

PostgresDeliveryQueue::PostgresDeliveryQueue(Secret dsn)
    : session_(std::make_unique<Session>(std::move(dsn))) {}

PostgresDeliveryQueue::~PostgresDeliveryQueue() = default;

StoreResult<std::vector<Delivery>> PostgresDeliveryQueue::claim(std::size_t most, Seconds lease) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("claim deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters limits;
  limits.integer(static_cast<std::int64_t>(most)).seconds(lease);
  const Round round = session_->ask({{begin_transaction, {}},
                                     {do_not_wait_for_disk, {}},
                                     {claim_due, std::move(limits)},
                                     {commit_transaction, {}}});
  if (!round.ok()) {
    session_->roll_back();
    return round.error();
  }
  return read_deliveries(round.answers[2]);
}

StoreResult<void> PostgresDeliveryQueue::settle(const Delivery& delivery,
                                                const Settlement& settlement) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("settle a delivery"); !begun) return begun;
  Parameters values;
  values.integer(delivery.row).text(delivery.event_id);
  if (settlement.kind == Settlement::Kind::delivered) {
    const Round round = session_->ask({settle_delivered, std::move(values)});
    if (!round.ok()) return round.error();
    return {};
  }
  values.integer(delivery.attempt).text(json::storable_text(settlement.error));
  if (settlement.kind == Settlement::Kind::given_up) {
    values.null();
  } else {
    values.seconds(settlement.delay);
  }
  const Round round = session_->ask({settle_failed, std::move(values)});
  if (!round.ok()) return round.error();
  return {};
}

StoreResult<std::vector<Delivery>> PostgresDeliveryQueue::give_up_older_than(Seconds age) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("give up old deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round = session_->ask({give_up_old, Parameters().seconds(age)});
  if (!round.ok()) return round.error();
  return read_deliveries(round.answers[0]);
}

StoreResult<std::size_t> PostgresDeliveryQueue::adopt(Seconds back) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("adopt deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters limits;
  limits.seconds(back).integer(static_cast<std::int64_t>(most_adopted));
  const Round round = session_->ask({adopt_untold, std::move(limits)});
  if (!round.ok()) return round.error();
  return static_cast<std::size_t>(round.answers[0].rows());
}

StoreResult<std::optional<Seconds>> PostgresDeliveryQueue::next_due_in() {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("look for deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round = session_->ask({next_due, {}});
  if (!round.ok()) return round.error();
  if (round.answers[0].rows() == 0) return std::nullopt;
  return std::max(Seconds{0}, Seconds(round.answers[0].real(0, 0)));
}

StoreResult<DeliveryCounts> PostgresDeliveryQueue::counts() {
  const std::lock_guard turn(turn_);
  if (auto begun = session_->begin("count deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round = session_->ask({count_deliveries, {}});
  if (!round.ok()) return round.error();
  const Answer& answer = round.answers[0];
  DeliveryCounts counts;
  counts.pending = answer.integer(0, 0);
  counts.overdue_verdicts = answer.integer(0, 1);
  counts.due = answer.integer(0, 2);
  if (!answer.is_null(0, 3)) counts.oldest_due = std::max(Seconds{0}, Seconds(answer.real(0, 3)));
  return counts;
}

void PostgresDeliveryQueue::hurry() {
  session_->hurry();
}

}  // namespace certwatch::postgres
