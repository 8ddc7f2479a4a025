#include "record/postgres/delivery_store.h"

#include <algorithm>

#include "base/json_text.h"
#include "ledger/delivery.h"
#include "record/postgres/delivery_rows.h"
#include "record/postgres/transaction.h"

namespace certwatch::postgres {
namespace {

using ledger::DeliveryStanding;

// In order of name, so that two replicas never wait for each other.
const Statement announce_destinations{"announce_destinations", R"(
      INSERT INTO public.certwatch_destinations AS known (name, least, announced_at)
      SELECT name, least, statement_timestamp()
      FROM unnest($1::text[], $2::text[]) AS told (name, least) ORDER BY name
      ON CONFLICT (name) DO UPDATE
        SET least = excluded.least, announced_at = excluded.announced_at)"};

// A lost lease only means that another attempt begins earlier: no reason to wait for the disk.
const Statement do_not_wait_for_disk{"do_not_wait_for_disk",
                                     "SELECT set_config('synchronous_commit', 'off', true)"};

// Of a delivery `d` that is due: nothing that has to arrive before is due.
const std::string is_next = R"((d.kind = 'verdict' OR NOT EXISTS (
          SELECT FROM public.alert_deliveries AS verdict
          WHERE verdict.alert = d.alert AND verdict.destination = d.destination
            AND verdict.kind = 'verdict' AND verdict.due_at IS NOT NULL)))";

// $1 destination, $2 at most so many, $3 seconds of the lease.
const Statement claim_due{"claim_due", R"(
      WITH due AS (
        SELECT d.id, d.due_at FROM public.alert_deliveries AS d
        WHERE d.destination = $1 AND d.due_at <= statement_timestamp() AND )" +
                                           is_next + R"(
        ORDER BY d.due_at, d.id LIMIT $2 FOR UPDATE SKIP LOCKED
      ), d AS (
        UPDATE public.alert_deliveries AS leased SET attempts = leased.attempts + 1,
          due_at = statement_timestamp() + make_interval(secs => $3::float8),
          lease_until = statement_timestamp() + make_interval(secs => $3::float8)
        WHERE leased.id = ANY (ARRAY(SELECT id FROM due)) RETURNING leased.*
      )
      SELECT)" + std::string(delivery_columns) +
                                           R"(
      FROM d JOIN due USING (id) JOIN public.alerts AS a ON a.id = d.alert
      ORDER BY due.due_at, d.id)"};

// $1 row. Whoever changes a verdict's delivery and its alert locks the alert first: so that nobody
// waits for each other, and no resolution is made for a verdict that is just being given up.
const Statement lock_alert{"lock_alert", "SELECT FROM public.alerts WHERE id = $1 FOR UPDATE"};
const Statement note_delivered{"note_delivered",
                               "UPDATE public.alerts SET delivered = true WHERE id = $1"};

// $1 delivery.
const Statement find_standing{
    "find_standing", std::string("SELECT extract(epoch FROM statement_timestamp())::float8, ") +
                         standing_columns +
                         " FROM public.alert_deliveries AS d WHERE d.id = $1 FOR UPDATE"};

// $1 seconds that there has been something to tell, $2 seconds that an announcement is in force.
const Statement find_old{"find_old", R"(
      SELECT d.id, extract(epoch FROM statement_timestamp())::float8,
        extract(epoch FROM d.told_since)::float8,
        EXISTS (SELECT FROM public.certwatch_destinations WHERE name = d.destination
          AND announced_at > statement_timestamp() - make_interval(secs => $2::float8)), )" +
                                         std::string(standing_columns) + R"(
      FROM public.alert_deliveries AS d JOIN public.alerts AS a ON a.id = d.alert
      WHERE d.due_at IS NOT NULL
        AND d.told_since < statement_timestamp() - make_interval(secs => $1::float8)
      ORDER BY d.id FOR UPDATE SKIP LOCKED)"};

const Statement find_next_due{"find_next_due", R"(
      SELECT extract(epoch FROM d.due_at - statement_timestamp())::float8
      FROM public.alert_deliveries AS d
      WHERE d.destination = $1 AND d.due_at IS NOT NULL AND )" +
                                                   is_next + R"(
      ORDER BY d.due_at LIMIT 1)"};

const Statement count_pending{"count_pending", R"(
      SELECT count(*), count(*) FILTER (
        WHERE decide_at < statement_timestamp() - interval '5 s')
      FROM public.alerts WHERE severity = 'pending')"};

// $1 seconds that an announcement is in force.
const Statement count_due{"count_due", R"(
      SELECT known.name, count(d.id), extract(epoch FROM statement_timestamp()
        - min(greatest(d.told_since, d.requeued_at)))::float8
      FROM public.certwatch_destinations AS known LEFT JOIN public.alert_deliveries AS d
        ON d.destination = known.name AND d.due_at IS NOT NULL
      WHERE known.announced_at > statement_timestamp() - make_interval(secs => $1::float8)
      GROUP BY known.name)"};

std::vector<std::int64_t> too_old(const Answer& answer, Seconds age) {
  std::vector<std::int64_t> deliveries;
  for (int row = 0; row < answer.rows(); ++row) {
    if (ledger::is_too_old(read_standing(answer, row, 4), answer.time(row, 2), age,
                           answer.boolean(row, 3), answer.time(row, 1))) {
      deliveries.push_back(answer.integer(row, 0));
    }
  }
  return deliveries;
}

// The last one answers with the standing.
std::vector<Question> to_find(const Delivery& delivery, const Settlement& settlement) {
  std::vector<Question> questions;
  questions.push_back({begin_transaction, {}});
  questions.push_back({limit_locks, {}});
  const bool is_verdict = delivery.kind == DeliveryKind::verdict;
  if (is_verdict && settlement.kind == Settlement::Kind::given_up) {
    questions.push_back({lock_alert, Parameters().integer(delivery.alert)});
  }
  if (is_verdict && settlement.kind == Settlement::Kind::delivered &&
      delivery.destination == webhook_destination) {
    questions.push_back({note_delivered, Parameters().integer(delivery.alert)});
  }
  questions.push_back({find_standing, Parameters().integer(delivery.id)});
  return questions;
}

std::vector<Question> to_settle(const Delivery& delivery, const DeliveryStanding& after) {
  std::vector<Question> questions;
  questions.push_back({write_standing, standing_values(delivery.id, after)});
  if (after.abandoned_at) {
    const std::vector<std::int64_t> given_up{delivery.id};
    questions.push_back({give_up_corrections, Parameters().integers(given_up)});
  }
  questions.push_back({commit_transaction, {}});
  return questions;
}

}  // namespace

StoreResult<void> PostgresDeliveryStore::announce(std::span<const Destination> destinations) {
  if (destinations.empty()) return {};
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("announce destinations"); !begun) return begun;
  std::vector<std::string> names;
  std::vector<std::string> least;
  for (const Destination& destination : destinations) {
    names.push_back(destination.name);
    least.emplace_back(word(destination.least));
  }
  const Round round = session_.ask({announce_destinations, Parameters().texts(names).texts(least)});
  if (!round.ok()) return round.error();
  return {};
}

StoreResult<std::vector<Delivery>> PostgresDeliveryStore::claim(const std::string& destination,
                                                                std::size_t most, Seconds lease) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("claim deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  Parameters limits;
  limits.text(destination).integer(static_cast<std::int64_t>(most)).seconds(lease);
  const Round round = session_.ask({{begin_transaction, {}},
                                    {do_not_wait_for_disk, {}},
                                    {prefer_indexes, {}},
                                    {claim_due, std::move(limits)},
                                    {commit_transaction, {}}});
  if (!round.ok()) return give_up(session_, round);
  return read_deliveries(round.answers[3]);
}

StoreResult<void> PostgresDeliveryStore::settle(const Delivery& delivery,
                                                const Settlement& settlement) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("settle a delivery"); !begun) return begun;
  const Round found = session_.ask(to_find(delivery, settlement));
  if (!found.ok()) return give_up(session_, found);
  const Answer& answer = found.answers.back();
  if (answer.rows() == 0) {
    session_.roll_back();
    return {};
  }
  Settlement storable = settlement;
  storable.error = json::storable_text(settlement.error);
  const DeliveryStanding after =
      ledger::settled(read_standing(answer, 0, 1), delivery.attempt, storable, answer.time(0, 0));
  const Round round = session_.ask(to_settle(delivery, after));
  if (!round.ok()) return give_up(session_, round);
  return {};
}

StoreResult<std::vector<Delivery>> PostgresDeliveryStore::give_up_older_than(Seconds age) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("give up old deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round found =
      session_.ask({{begin_transaction, {}},
                    {limit_locks, {}},
                    {find_old, Parameters().seconds(age).seconds(announcement_lifetime)}});
  if (!found.ok()) return give_up(session_, found);
  const std::vector<std::int64_t> old = too_old(found.answers[2], age);
  const Round round = session_.ask({{give_up_deliveries, Parameters().integers(old)},
                                    {give_up_corrections, Parameters().integers(old)},
                                    {commit_transaction, {}}});
  if (!round.ok()) return give_up(session_, round);
  return read_deliveries(round.answers[0]);
}

StoreResult<std::optional<Seconds>> PostgresDeliveryStore::next_due_in(
    const std::string& destination) {
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("look for deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round = session_.ask({find_next_due, Parameters().text(destination)});
  if (!round.ok()) return round.error();
  if (round.answers[0].rows() == 0) return std::nullopt;
  return std::max(Seconds{0}, Seconds(round.answers[0].real(0, 0)));
}

StoreResult<OpenCounts> PostgresDeliveryStore::counts() {
  const std::lock_guard turn(turn_);
  if (auto begun = session_.begin("count deliveries"); !begun) {
    return tl::unexpected(begun.error());
  }
  const Round round =
      session_.ask({{count_pending, {}}, {count_due, Parameters().seconds(announcement_lifetime)}});
  if (!round.ok()) return round.error();
  OpenCounts counts;
  counts.pending = round.answers[0].integer(0, 0);
  counts.overdue_verdicts = round.answers[0].integer(0, 1);
  const Answer& due = round.answers[1];
  for (int row = 0; row < due.rows(); ++row) {
    counts.due[due.text(row, 0)] = {due.integer(row, 1),
                                    std::max(Seconds{0}, Seconds(due.real(row, 2)))};
  }
  return counts;
}

}  // namespace certwatch::postgres
