#include "record/alert_store.h"

#include <algorithm>
#include <set>

#include "base/uuid.h"
#include "record/batch.h"
#include "record/inventory_match.h"
#include "record/refused_content.h"
#include "record/sqlite/inventory_lookup.h"
#include "record/sqlite/sqlite_stores.h"
#include "record/stored_words.h"

namespace certwatch::sqlite {
namespace {

// A call stays short; the next one goes on where it ended.
constexpr std::int64_t most_resolved_at_once = 2000;

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view word_or_empty(const std::optional<KnownBy>& known_by) {
  return known_by ? word(*known_by) : "";
}

class SqliteAlertStore final : public AlertStore {
 public:
  explicit SqliteAlertStore(const std::string& path) : db_(path) {}

  void hurry() override { db_.hurry(); }

  StoreResult<void> check_schema() override {
    if (auto begun = db_.begin("check the tables"); !begun) return begun;
    for (const char* table :
         {"SELECT payload FROM alerts LIMIT 0", "SELECT sans FROM certs LIMIT 0",
          "SELECT fqdn FROM intent_current LIMIT 0"}) {
      db_.run(table);
    }
    return db_.result();
  }

  StoreResult<std::vector<Recorded>> record(std::span<const NewAlert> alerts, const Placer& place,
                                            const JudgeOptions& options) override {
    if (alerts.empty()) return std::vector<Recorded>();
    return record_despite_refusal(alerts, [&](std::span<const NewAlert> some) {
      return record_together(some, place, options);
    });
  }

  StoreResult<std::vector<Verdict>> judge_due(const JudgeOptions& options,
                                              std::size_t most) override {
    if (auto begun = db_.begin("give verdicts"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    const auto is_due = [&](std::int64_t limit) {
      std::vector<std::int64_t> due;
      Query query = db_.query(
          "SELECT id FROM alerts WHERE severity = 'pending' AND decide_at <= ?1"
          " ORDER BY decide_at, id LIMIT ?2",
          now, limit);
      while (query.next()) due.push_back(query.integer(0));
      return due;
    };
    // Without a write lock where there is nothing to write.
    if (is_due(1).empty()) return db_.result(std::vector<Verdict>());
    Transaction transaction(db_);
    BatchJudgement judgement = judge(is_due(static_cast<std::int64_t>(most)), now, options);
    transaction.commit();
    std::vector<Verdict> verdicts;
    for (auto& [row, verdict] : judgement.verdicts) verdicts.push_back(std::move(verdict));
    return db_.result(std::move(verdicts));
  }

  StoreResult<std::vector<Verdict>> resolve_late(Seconds window,
                                                 const JudgeOptions& options) override {
    if (auto begun = db_.begin("resolve alerts"); !begun) return tl::unexpected(begun.error());
    const Seconds now = Database::now();
    const std::vector<std::int64_t> unresolved = next_unresolved(now - window);
    std::vector<std::pair<std::int64_t, KnownBy>> found;
    for (const std::int64_t row : unresolved) {
      const auto open = read_open_row(row);
      if (!open) continue;
      if (const auto known_by = look_up(db_, open->wanted)) found.emplace_back(row, *known_by);
    }
    std::vector<Verdict> resolved;
    if (!found.empty()) {
      Transaction transaction(db_);
      for (const auto& [row, known_by] : found) {
        if (resolve(row, known_by, now, options)) resolved.push_back(read_verdict(row));
      }
      transaction.commit();
    }
    return db_.result(std::move(resolved));
  }

 private:
  // A row that waits for a verdict, or may still be resolved or confirmed.
  struct OpenRow {
    Severity severity = Severity::pending;
    RowToJudge standing;
    std::optional<std::int64_t> confirms;
    Wanted wanted;
  };

  StoreResult<std::vector<Recorded>> record_together(std::span<const NewAlert> alerts,
                                                     const Placer& place,
                                                     const JudgeOptions& options) {
    if (auto begun = db_.begin("record"); !begun) return tl::unexpected(begun.error());
    Transaction transaction(db_);
    const Seconds now = Database::now();
    const std::vector<RowOnRecord> rows = find_rows(alerts);
    if (db_.failed()) return db_.result(std::vector<Recorded>());
    const BatchPlan plan = plan_batch(alerts, rows, place);
    std::vector<std::int64_t> numbers;
    std::vector<std::int64_t> touched;
    for (const NewRow& row : plan.new_rows) {
      numbers.push_back(insert(alerts[row.alert], row, now, options.grace));
      touched.push_back(numbers.back());
    }
    for (const Amendment& amendment : plan.amendments) {
      amend(amendment);
      if (amendment.may_become_ours) touched.push_back(amendment.row);
    }
    BatchJudgement judgement = judge(touched, now, options);
    transaction.commit();
    if (db_.failed()) return db_.result(std::vector<Recorded>());
    return recorded_batch(alerts, rows, plan, numbers, std::move(judgement));
  }

  std::vector<RowOnRecord> find_rows(std::span<const NewAlert> alerts) {
    std::set<std::int64_t> found;
    const auto add = [&found](Query query) {
      while (query.next()) found.insert(query.integer(0));
    };
    const BatchIdentities identities = identities_of(alerts);
    for (const std::string& value : identities.fingerprints) {
      add(db_.query("SELECT alert FROM alert_fingerprints WHERE fingerprint = ?1", value));
    }
    for (const std::string& value : identities.tbs_sha256) {
      add(db_.query("SELECT id FROM alerts WHERE tbs_sha256 = ?1", value));
    }
    for (const std::string& value : identities.serial_keys) {
      add(db_.query("SELECT id FROM alerts WHERE serial_key = ?1", value));
    }
    for (const std::string& value : identities.source_keys) {
      add(db_.query("SELECT id FROM alerts WHERE source_key = ?1", value));
    }
    for (const NewAlert& alert : alerts) {
      add(db_.query("SELECT id FROM alerts WHERE event_id = ?1", alert.event_id));
    }
    std::vector<RowOnRecord> rows;
    for (const std::int64_t row : found) {
      if (auto one = read_row_on_record(row)) rows.push_back(std::move(*one));
    }
    return rows;
  }

  std::vector<std::string> fingerprints_of(std::int64_t row) {
    std::vector<std::string> all;
    Query query = db_.query(
        "SELECT fingerprint FROM alert_fingerprints WHERE alert = ?1 ORDER BY rowid", row);
    while (query.next()) all.push_back(query.text(0));
    return all;
  }

  std::optional<RowOnRecord> read_row_on_record(std::int64_t number) {
    Query query = db_.query(
        "SELECT tbs_sha256, serial_key, source_key, provisional, confirms, has_certificate,"
        " is_precertificate, ours_by_serial, serial_conflict FROM alerts WHERE id = ?1",
        number);
    if (!query.next()) return std::nullopt;
    RowOnRecord row;
    row.known.row = number;
    row.known.fingerprints = fingerprints_of(number);
    row.known.tbs_sha256 = query.text(0);
    row.known.serial_key = query.text(1);
    row.known.source_key = query.text(2);
    row.known.is_provisional = query.boolean(3);
    row.known.confirms = query.optional_integer(4);
    row.known.has_certificate = query.boolean(5);
    row.only_precertificates = query.boolean(6);
    row.may_be_ours_by_serial = query.boolean(7);
    row.is_conflict = query.boolean(8);
    row.verdict = read_verdict(number);
    if (row.verdict.severity != Severity::info) row.verdict.known_by.reset();
    return row;
  }

  Verdict read_verdict(std::int64_t number) {
    Verdict verdict;
    verdict.row = number;
    Query query = db_.query(
        "SELECT event_id, severity, known_by, reason, matched FROM alerts WHERE id = ?1", number);
    if (!query.next()) return verdict;
    verdict.event_id = query.text(0);
    verdict.severity = severity_of(query.view(1));
    verdict.known_by = known_by_of(query.view(2));
    verdict.reason = reason_of(query.view(3));
    verdict.matched = query.text(4);
    return verdict;
  }

  std::int64_t insert(const NewAlert& alert, const NewRow& row, Seconds now, Seconds grace) {
    Query query = db_.query(
        "INSERT INTO alerts (fingerprint, sans, matched, issuer, seen_at, severity, event_id,"
        " payload, recorded_at, decide_at, tbs_sha256, serial_key, source_key, serial, not_before,"
        " not_after, is_precertificate, has_certificate, ours_by_serial, serial_conflict, confirms)"
        " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        alert.identity.fingerprint, alert.sans, alert.matched, alert.issuer, alert.seen_at,
        alert.event_id, alert.payload, now, now + grace, unless_empty(row.known.tbs_sha256),
        unless_empty(row.known.serial_key), unless_empty(row.known.source_key),
        unless_empty(row.identity.serial), row.identity.not_before, row.identity.not_after,
        row.identity.is_precertificate, row.known.has_certificate,
        row.identity.may_be_ours_by_serial, row.is_conflict, row.known.confirms);
    std::int64_t number = 0;
    while (query.next()) number = query.integer(0);
    add_fingerprints(number, row.known.fingerprints);
    return number;
  }

  void add_fingerprints(std::int64_t row, const std::vector<std::string>& fingerprints) {
    for (const std::string& one : fingerprints) {
      db_.run(
          "INSERT INTO alert_fingerprints (alert, fingerprint) SELECT ?1, ?2"
          " WHERE (SELECT count(*) FROM alert_fingerprints WHERE alert = ?1) < 16"
          " ON CONFLICT DO NOTHING",
          row, one);
    }
    db_.run(
        "UPDATE alerts SET fingerprints = (SELECT json_group_array(fingerprint) FROM"
        " (SELECT fingerprint FROM alert_fingerprints WHERE alert = ?1 ORDER BY rowid))"
        " WHERE id = ?1",
        row);
  }

  void amend(const Amendment& added) {
    add_fingerprints(added.row, added.fingerprints);
    if (!added.serial_key.empty()) {
      db_.run(
          "UPDATE alerts SET serial_key = ?2, serial = ?3, not_before = ?4, not_after = ?5"
          " WHERE id = ?1 AND serial_key IS NULL",
          added.row, added.serial_key, unless_empty(added.serial), added.not_before,
          added.not_after);
    }
    db_.run(
        "UPDATE alerts SET tbs_sha256 = coalesce(tbs_sha256, ?2),"
        " is_precertificate = is_precertificate AND ?3,"
        " has_certificate = has_certificate OR ?4,"
        " ours_by_serial = is_precertificate AND ?3 AND (ours_by_serial OR ?5)"
        "   AND NOT serial_conflict AND confirms IS NULL"
        " WHERE id = ?1",
        added.row, unless_empty(added.tbs_sha256), added.only_precertificates,
        added.has_certificate, added.may_be_ours_by_serial);
  }

  std::optional<OpenRow> read_open_row(std::int64_t number) {
    Query query = db_.query(
        "SELECT severity, decide_at, ours_by_serial, serial_conflict, confirms, tbs_sha256, serial,"
        " not_before, not_after, sans FROM alerts WHERE id = ?1",
        number);
    if (!query.next()) return std::nullopt;
    OpenRow row;
    row.severity = severity_of(query.view(0));
    row.standing.grace_is_over = query.real(1) <= Database::now().count();
    row.standing.may_be_ours_by_serial = query.boolean(2);
    row.standing.is_conflict = query.boolean(3);
    row.confirms = query.optional_integer(4);
    row.standing.confirms = row.confirms.has_value();
    row.wanted.tbs_sha256 = query.text(5);
    row.wanted.serial = query.text(6);
    row.wanted.not_before = query.optional_integer(7);
    row.wanted.not_after = query.optional_integer(8);
    row.wanted.sans = query.text(9);
    row.wanted.fingerprints = fingerprints_of(number);
    // By serial only where the answer matters: for what may be ours by it, and for the reason.
    const bool needs_reason = row.severity == Severity::pending && row.standing.grace_is_over;
    row.wanted.asks_serial = !row.standing.is_conflict && !row.standing.confirms &&
                             (row.standing.may_be_ours_by_serial || needs_reason);
    return row;
  }

  BatchJudgement judge(const std::vector<std::int64_t>& numbers, Seconds now,
                       const JudgeOptions& options) {
    BatchJudgement judgement;
    for (const std::int64_t number : numbers) {
      const auto row = read_open_row(number);
      if (!row || db_.failed()) continue;
      const auto known_by = look_up(db_, row->wanted);
      if (row->severity != Severity::pending) {
        if (known_by && known_by != KnownBy::serial) confirm(number);
        continue;
      }
      const Ruling ruling = rule(row->standing, known_by);
      if (ruling.severity == Severity::pending) continue;
      if (ruling.vanishes) {
        vanish(number, *row);
        judgement.vanished.emplace(number, *row->confirms);
        continue;
      }
      write_verdict(number, ruling, now, options);
      judgement.verdicts.emplace(number, read_verdict(number));
    }
    return judgement;
  }

  void write_verdict(std::int64_t number, const Ruling& ruling, Seconds now,
                     const JudgeOptions& options) {
    const auto reason =
        ruling.reason ? std::optional(std::string(word(*ruling.reason))) : std::nullopt;
    db_.run(
        "UPDATE alerts SET severity = ?2, known_by = ?3, reason = ?4, provisional = ?5,"
        " decided_at = ?6, due_at = ?7 WHERE id = ?1",
        number, word(ruling.severity), unless_empty(std::string(word_or_empty(ruling.known_by))),
        reason, ruling.is_provisional, now, options.deliver ? std::optional(now) : std::nullopt);
  }

  void confirm(std::int64_t number) {
    db_.run("UPDATE alerts SET provisional = 0 WHERE id = ?1", number);
  }

  // The certificate to a provisional row is ours: it is no alert, and the row is certain.
  void vanish(std::int64_t number, const OpenRow& certificate) {
    db_.run("DELETE FROM alerts WHERE id = ?1", number);
    const std::int64_t provisional = *certificate.confirms;
    if (!read_row_on_record(provisional)) return;
    add_fingerprints(provisional, certificate.wanted.fingerprints);
    db_.run(
        "UPDATE alerts SET provisional = 0, has_certificate = 1, is_precertificate = 0,"
        " ours_by_serial = 0, tbs_sha256 = coalesce(tbs_sha256, ?2) WHERE id = ?1",
        provisional, unless_empty(certificate.wanted.tbs_sha256));
  }

  std::vector<std::int64_t> next_unresolved(Seconds since) {
    std::vector<std::int64_t> rows;
    Query query = db_.query(
        "SELECT id FROM alerts WHERE severity = 'suspicious' AND resolved_at IS NULL"
        " AND decided_at > ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        since, resolved_up_to_, most_resolved_at_once);
    while (query.next()) rows.push_back(query.integer(0));
    const bool is_last = rows.size() < static_cast<std::size_t>(most_resolved_at_once);
    resolved_up_to_ = is_last ? 0 : rows.back();
    return rows;
  }

  // What is still under way itself is followed by its resolution when it has arrived; what was
  // never sent needs none.
  bool resolve(std::int64_t number, KnownBy known_by, Seconds now, const JudgeOptions& options) {
    Query query = db_.query(
        "UPDATE alerts SET known_by = ?2, provisional = ?3, resolved_at = ?4, resolution_id = ?5,"
        " due_at = CASE WHEN due_at IS NULL AND delivered AND payload IS NOT NULL AND ?6"
        "   THEN ?4 ELSE due_at END,"
        " attempts = CASE WHEN due_at IS NULL THEN 0 ELSE attempts END"
        " WHERE id = ?1 AND severity = 'suspicious' AND resolved_at IS NULL RETURNING confirms",
        number, word(known_by), known_by == KnownBy::serial, now, random_uuid(), options.deliver);
    bool resolved = false;
    std::optional<std::int64_t> confirms;
    while (query.next()) {
      resolved = true;
      confirms = query.optional_integer(0);
    }
    if (confirms && known_by != KnownBy::serial) confirm(*confirms);
    return resolved;
  }

  Database db_;
  // The last row that resolve_late() looked at; 0: begins anew.
  std::int64_t resolved_up_to_ = 0;
};

}  // namespace

std::unique_ptr<AlertStore> open_alert_store(const std::string& path) {
  return std::make_unique<SqliteAlertStore>(path);
}

}  // namespace certwatch::sqlite
