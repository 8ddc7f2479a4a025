#include "record/postgres/ledger_store.h"

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "record/delivery_store.h"
#include "record/postgres/applied_changes.h"
#include "record/postgres/inventory_sql.h"
#include "record/postgres/issuance_rows.h"
#include "record/postgres/ledger_sql.h"
#include "record/postgres/schema_check.h"
#include "record/postgres/transaction.h"
#include "record/stored_words.h"

namespace certwatch::postgres {
namespace {

using ledger::Snapshot;

constexpr const char* inventory_patience = "1s";
constexpr const char* inventory_patience_in_haste = "300ms";

std::vector<std::string> key_texts(const Identities& identities) {
  std::vector<std::string> texts;
  for (const SerialKey& key : identities.serial_keys) texts.push_back(key.text());
  return texts;
}

// Keys of advisory locks; sorted, so that two sessions never wait for each other.
std::vector<std::int64_t> lock_keys(const Identities& identities) {
  std::vector<std::int64_t> keys;
  const auto add = [&keys](std::string_view kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      Sha256OfParts hash;
      const std::string digest = hash.add("certwatch").add(kind).add(value).digest();
      std::int64_t key = 0;
      std::memcpy(&key, digest.data(), sizeof key);
      keys.push_back(key);
    }
  };
  add("fingerprint", identities.fingerprints);
  add("tbs", identities.tbs_sha256);
  add("serial key", key_texts(identities));
  add("source key", identities.source_keys);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Parameters wanted_rows(const Identities& identities) {
  Parameters wanted;
  wanted.texts(key_texts(identities)).texts(identities.tbs_sha256);
  wanted.texts(identities.fingerprints).texts(identities.source_keys).texts(identities.event_ids);
  return wanted;
}

void read_rows(const Answer& answer, Snapshot& snapshot) {
  const int is_crowded = answer.columns() - 1;
  snapshot.rows = read_issuance_rows(answer);
  for (int i = 0; i < answer.rows(); ++i) {
    const auto& key = snapshot.rows[static_cast<std::size_t>(i)].serial_key;
    if (!key || !answer.boolean(i, is_crowded)) continue;
    auto& keys = snapshot.crowded_keys;
    if (std::find(keys.begin(), keys.end(), key->text()) == keys.end()) keys.push_back(key->text());
  }
}

void read_destinations(const Answer& answer, Snapshot& snapshot) {
  snapshot.now = answer.time(0, 0);
  for (int i = 0; i < answer.rows(); ++i) {
    if (answer.is_null(i, 1)) continue;
    snapshot.destinations.push_back({answer.text(i, 1), importance_of(answer.view(i, 2))});
  }
}

void read_verdict_deliveries(const Answer& answer, Snapshot& snapshot) {
  for (int i = 0; i < answer.rows(); ++i) {
    snapshot.deliveries.push_back({answer.integer(i, 0), answer.text(i, 1), answer.boolean(i, 2)});
  }
}

}  // namespace

StoreResult<void> PostgresLedgerStore::check_schema() {
  return postgres::check_schema(session_);
}

StoreResult<Snapshot> PostgresLedgerStore::look(const Identities& wanted) {
  if (auto begun = session_.begin("look"); !begun) return tl::unexpected(begun.error());
  auto snapshot = load(wanted, Locks::none);
  if (snapshot) session_.roll_back();
  return snapshot;
}

StoreResult<RowNumbers> PostgresLedgerStore::change(const Identities& wanted,
                                                    const Decide& decide) {
  if (auto begun = session_.begin("record"); !begun) return tl::unexpected(begun.error());
  auto snapshot = load(wanted, Locks::taken);
  if (!snapshot) return tl::unexpected(snapshot.error());
  const SystemTime now = snapshot->now;
  const ledger::Changes changes = decide(std::move(*snapshot));
  if (!changes.empty()) return apply(changes, now);
  session_.roll_back();
  return RowNumbers();
}

StoreResult<std::vector<IssuanceRow>> PostgresLedgerStore::pick_overdue(std::size_t most) {
  return pick({pick_overdue_rows, Parameters().integer(static_cast<std::int64_t>(most))});
}

StoreResult<std::vector<IssuanceRow>> PostgresLedgerStore::pick_unresolved(Seconds window,
                                                                           std::int64_t after,
                                                                           std::size_t most) {
  Parameters limits;
  limits.seconds(window).integer(after).integer(static_cast<std::int64_t>(most));
  return pick({pick_unresolved_rows, std::move(limits)});
}

StoreResult<std::vector<IssuanceRow>> PostgresLedgerStore::pick(const Question& question) {
  if (auto begun = session_.begin("pick alerts"); !begun) return tl::unexpected(begun.error());
  const Round round = session_.ask(question);
  if (!round.ok()) return round.error();
  return read_issuance_rows(round.answers[0]);
}

StoreResult<Snapshot> PostgresLedgerStore::load(const Identities& wanted, Locks locks) {
  auto snapshot = load_rows(wanted, locks);
  if (!snapshot) return snapshot;
  Identities all = wanted;
  for (const IssuanceRow& row : snapshot->rows) all.add(row);
  if (auto added = add_surroundings(all, *snapshot); !added) {
    return tl::unexpected(added.error());
  }
  return snapshot;
}

StoreResult<Snapshot> PostgresLedgerStore::load_rows(const Identities& wanted, Locks locks) {
  const bool with_locks = locks == Locks::taken;
  std::vector<Question> questions;
  questions.push_back({with_locks ? begin_transaction : begin_reading, {}});
  questions.push_back({limit_locks, {}});
  questions.push_back({prefer_indexes, {}});
  if (with_locks) {
    questions.push_back({lock_identities, Parameters().integers(lock_keys(wanted))});
  }
  questions.push_back({with_locks ? find_and_lock_rows : find_rows, wanted_rows(wanted)});
  questions.push_back({find_destinations, Parameters().seconds(announcement_lifetime)});
  Round round = session_.ask(questions);
  if (!round.ok()) return give_up(session_, round);
  Snapshot snapshot;
  read_destinations(round.answers.back(), snapshot);
  round.answers.pop_back();
  read_rows(round.answers.back(), snapshot);
  return snapshot;
}

// The inventory may not answer, for whatever reason: alerts are put on record all the same.
StoreResult<void> PostgresLedgerStore::add_surroundings(const Identities& all, Snapshot& snapshot) {
  const char* patience = session_.hurried() ? inventory_patience_in_haste : inventory_patience;
  std::vector<std::int64_t> rows;
  for (const IssuanceRow& row : snapshot.rows) rows.push_back(row.id);
  const Round round = session_.ask({{find_verdict_deliveries, Parameters().integers(rows)},
                                    {set_savepoint, {}},
                                    {limit_statements_to, Parameters().text(patience)},
                                    {find_certificates, wanted_certificates(all)}});
  const bool only_inventory_failed =
      !round.ok() && round.answers.size() == 3 && !round.failure->sqlstate.empty();
  if (!round.ok() && !only_inventory_failed) return give_up(session_, round);
  read_verdict_deliveries(round.answers[0], snapshot);
  snapshot.inventory_answered = round.ok();
  if (only_inventory_failed) return {};
  const Answer& certificates = round.answers[3];
  for (int i = 0; i < certificates.rows(); ++i) {
    snapshot.inventory.push_back(read_certificate(certificates, i));
  }
  return {};
}

StoreResult<RowNumbers> PostgresLedgerStore::apply(const ledger::Changes& changes, SystemTime now) {
  // This takes back the limit on statements as well.
  std::vector<Question> questions{{return_to_savepoint, {}}};
  for (Question& one : to_apply(changes, now)) questions.push_back(std::move(one));
  questions.push_back({commit_transaction, {}});
  const Round round = session_.ask(questions);
  if (!round.ok()) return give_up(session_, round);
  RowNumbers numbers;
  for (std::size_t i = 1; i <= changes.inserts.size(); ++i) {
    numbers.push_back(round.answers[i].integer(0, 0));
  }
  return numbers;
}

}  // namespace certwatch::postgres
