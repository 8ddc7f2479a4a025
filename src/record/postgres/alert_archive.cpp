#include "record/postgres/alert_archive.h"

#include <algorithm>
#include <set>

#include "base/uuid.h"
#include "ledger/delivery.h"
#include "record/delivery_store.h"
#include "record/postgres/delivery_rows.h"
#include "record/postgres/transaction.h"
#include "record/stored_words.h"

namespace certwatch::postgres {
namespace {

// Rows of the Python service have no recorded_at: each half has an index of its own.
const Statement prune_alerts{"prune_alerts", R"(
      WITH old AS (
        SELECT a.id FROM public.alerts AS a
        WHERE a.severity <> 'pending'
          AND (a.recorded_at < statement_timestamp() - make_interval(secs => $1::float8)
            OR a.recorded_at IS NULL
              AND a.seen_at < extract(epoch FROM statement_timestamp())::float8 - $1::float8)
          AND NOT EXISTS (SELECT FROM public.alert_deliveries AS d
            WHERE d.alert = a.id AND d.due_at IS NOT NULL)
        LIMIT $2 FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM public.alerts WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1
      )
      SELECT count(*) FROM gone)"};

// Also of alerts that an operator deleted.
const Statement prune_deliveries{"prune_deliveries", R"(
      DELETE FROM public.alert_deliveries AS d
      WHERE NOT EXISTS (SELECT FROM public.alerts AS a WHERE a.id = d.alert))"};

const std::string listed_columns = R"(
        id, event_id, fingerprint, matched, issuer, severity, known_by, reason, kind, importance,
        seen_at, coalesce(floor(extract(epoch FROM recorded_at))::bigint, seen_at) AS since,
        extract(epoch FROM coalesce(resolved_at, decided_at))::float8, delivered,
        resolved_at IS NOT NULL)";

const Statement list_alerts{"list_alerts", "SELECT * FROM (SELECT" + listed_columns + R"(
        FROM public.alerts
        WHERE id > $1 AND ($3::text IS NULL OR severity = $3::text)) AS rows
      WHERE $2::bigint IS NULL OR since >= $2::bigint
      ORDER BY id LIMIT $4)"};

// The expression is that of an index.
const Statement list_judged{"list_judged", "SELECT" + listed_columns + R"(
      FROM public.alerts WHERE coalesce(resolved_at, decided_at) >= to_timestamp($1::float8)
      ORDER BY coalesce(resolved_at, decided_at), id LIMIT $2)"};

const Statement find_judged_alert{"find_judged_alert", R"(
      SELECT event_id, resolved_at IS NOT NULL, extract(epoch FROM statement_timestamp())::float8
      FROM public.alerts
      WHERE id = $1 AND event_id IS NOT NULL AND severity IN ('info', 'suspicious') FOR UPDATE)"};

const Statement find_deliveries{"find_deliveries",
                                std::string("SELECT d.id, d.kind, d.destination, d.event_id, ") +
                                    standing_columns +
                                    " FROM public.alert_deliveries AS d WHERE d.alert = $1"
                                    " ORDER BY d.id FOR UPDATE"};

// $1 row, $2 webhook_destination.
const Statement note_delivered_or_not{"note_delivered_or_not", R"(
      UPDATE public.alerts SET delivered = EXISTS (
        SELECT FROM public.alert_deliveries AS d
        WHERE d.alert = $1 AND d.destination = $2 AND d.kind = 'verdict'
          AND d.delivered_at IS NOT NULL)
      WHERE id = $1)"};

// $1 row, $2 kind, $3 event id, $4 destination.
const Statement add_delivery{"add_delivery", R"(
      INSERT INTO public.alert_deliveries (alert, kind, event_id, destination, told_since, due_at)
      VALUES ($1, $2, $3::uuid, $4, statement_timestamp(), statement_timestamp()))"};

std::vector<AlertRow> read_alerts(const Answer& answer) {
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
    row.kind = answer.text(i, 8);
    row.importance = answer.text(i, 9);
    row.seen_at = answer.integer(i, 10);
    row.recorded_at = answer.integer(i, 11);
    row.changed_at = answer.real(i, 12);
    row.delivered = answer.boolean(i, 13);
    row.resolved = answer.boolean(i, 14);
    rows.push_back(std::move(row));
  }
  return rows;
}

struct KnownDelivery {
  std::int64_t id = 0;
  DeliveryKind kind = DeliveryKind::verdict;
  std::string destination;
  std::string event_id;
  ledger::DeliveryStanding standing;
};

std::vector<KnownDelivery> read_known(const Answer& answer) {
  std::vector<KnownDelivery> all;
  for (int i = 0; i < answer.rows(); ++i) {
    all.push_back({answer.integer(i, 0), delivery_kind_of(answer.view(i, 1)), answer.text(i, 2),
                   answer.text(i, 3), read_standing(answer, i, 4)});
  }
  return all;
}

// What makes an alert due again at some destinations.
class Requeueing {
 public:
  Requeueing(std::int64_t row, const Answer& alert, std::vector<KnownDelivery> known)
      : row_(row),
        event_id_(alert.text(0, 0)),
        is_resolved_(alert.boolean(0, 1)),
        now_(alert.time(0, 2)),
        known_(std::move(known)) {}

  std::set<std::string> destinations() const {
    std::set<std::string> all;
    for (const KnownDelivery& one : known_) all.insert(one.destination);
    return all;
  }

  std::vector<Question> questions(const std::set<std::string>& destinations) const {
    std::vector<Question> all;
    for (const KnownDelivery& one : known_) {
      if (!destinations.contains(one.destination)) continue;
      all.push_back(
          {write_standing, standing_values(one.id, ledger::requeued(one.standing, now_))});
    }
    for (const std::string& destination : destinations) {
      add_missing(all, DeliveryKind::verdict, event_id_, destination);
      if (is_resolved_) add_missing(all, DeliveryKind::resolution, resolution_id(), destination);
    }
    all.push_back({note_delivered_or_not, Parameters().integer(row_).text(webhook_destination)});
    return all;
  }

 private:
  // The same one at every destination.
  const std::string& resolution_id() const {
    for (const KnownDelivery& one : known_) {
      if (one.kind == DeliveryKind::resolution) return one.event_id;
    }
    return new_event_id_;
  }

  void add_missing(std::vector<Question>& questions, DeliveryKind kind, const std::string& event_id,
                   const std::string& destination) const {
    const bool is_known = std::any_of(known_.begin(), known_.end(), [&](const auto& one) {
      return one.kind == kind && one.destination == destination;
    });
    if (is_known) return;
    Parameters values;
    values.integer(row_).text(word(kind)).text(event_id).text(destination);
    questions.push_back({add_delivery, std::move(values)});
  }

  const std::int64_t row_;
  const std::string event_id_;
  const bool is_resolved_;
  const SystemTime now_;
  const std::vector<KnownDelivery> known_;
  const std::string new_event_id_ = random_uuid();
};

}  // namespace

StoreResult<std::size_t> PostgresAlertArchive::prune(Seconds retention, std::size_t most) {
  if (auto begun = session_.begin("delete old alerts"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters limits;
  limits.seconds(retention).integer(static_cast<std::int64_t>(most));
  const Round round = session_.ask({{prune_alerts, std::move(limits)}, {prune_deliveries, {}}});
  if (!round.ok()) return round.error();
  return static_cast<std::size_t>(round.answers[0].integer(0, 0));
}

StoreResult<std::vector<AlertRow>> PostgresAlertArchive::list(const AlertFilter& filter) {
  if (auto begun = session_.begin("list alerts"); !begun) return tl::unexpected(begun.error());
  Parameters wanted;
  wanted.integer(filter.after_row).optional_integer(filter.since);
  if (filter.severity) {
    wanted.text(word(*filter.severity));
  } else {
    wanted.null();
  }
  wanted.integer(static_cast<std::int64_t>(filter.most));
  const Round round = session_.ask({list_alerts, std::move(wanted)});
  if (!round.ok()) return round.error();
  return read_alerts(round.answers[0]);
}

StoreResult<std::vector<AlertRow>> PostgresAlertArchive::judged_since(double changed_at,
                                                                      std::size_t most) {
  if (auto begun = session_.begin("list verdicts"); !begun) return tl::unexpected(begun.error());
  Parameters wanted;
  wanted.real(changed_at).integer(static_cast<std::int64_t>(most));
  const Round round = session_.ask({list_judged, std::move(wanted)});
  if (!round.ok()) return round.error();
  return read_alerts(round.answers[0]);
}

StoreResult<bool> PostgresAlertArchive::requeue(std::int64_t row,
                                                const std::optional<std::string>& destination) {
  if (auto begun = session_.begin("requeue an alert"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round found = session_.ask({{begin_transaction, {}},
                                    {limit_locks, {}},
                                    {find_judged_alert, Parameters().integer(row)},
                                    {find_deliveries, Parameters().integer(row)}});
  if (!found.ok()) return give_up(session_, found);
  const auto do_nothing = [this] {
    session_.roll_back();
    return false;
  };
  if (found.answers[2].rows() == 0) return do_nothing();
  const Requeueing requeueing(row, found.answers[2], read_known(found.answers[3]));
  const std::set<std::string> destinations =
      destination ? std::set{*destination} : requeueing.destinations();
  if (destinations.empty()) return do_nothing();
  std::vector<Question> questions = requeueing.questions(destinations);
  questions.push_back({commit_transaction, {}});
  const Round round = session_.ask(questions);
  if (!round.ok()) return give_up(session_, round);
  return true;
}

}  // namespace certwatch::postgres
