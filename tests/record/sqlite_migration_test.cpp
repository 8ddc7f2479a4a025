// Files of a certwatch that kept deliveries in alerts: what is in flight is taken over, once.
#include <chrono>

#include "contract/desk.h"
#include "record/sqlite/sqlite_stores.h"
#include "support/catch.h"
#include "support/sqlite_console.h"

namespace certwatch::sqlite {
namespace {

using contract::by_event;
using contract::by_fingerprint;
using contract::must;

// Its tables, as its own source has them (version 2; version 1 had no index alerts_untold).
const char* const tables_before = R"sql(
CREATE TABLE IF NOT EXISTS intent_current (fqdn TEXT);

CREATE TABLE IF NOT EXISTS certs (
  fingerprint_sha1 TEXT PRIMARY KEY,
  serial           TEXT,
  sans             TEXT,
  not_before       INTEGER,
  not_after        INTEGER,
  source           TEXT,
  added_at         INTEGER,
  tbs_sha256       TEXT
);
CREATE INDEX IF NOT EXISTS certs_validity ON certs (not_before, not_after);
CREATE INDEX IF NOT EXISTS certs_tbs_sha256 ON certs (tbs_sha256);

CREATE TABLE IF NOT EXISTS alerts (
  id                      INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint             TEXT,
  sans                    TEXT CHECK (json_valid(sans)),
  matched                 TEXT CHECK (json_valid(matched)),
  issuer                  TEXT,
  seen_at                 INTEGER,
  delivered               INTEGER NOT NULL DEFAULT 0,
  severity                TEXT DEFAULT 'suspicious',
  event_id                TEXT UNIQUE,
  payload                 TEXT,
  known_by                TEXT,
  reason                  TEXT,
  recorded_at             REAL,
  decide_at               REAL,
  decided_at              REAL,
  due_at                  REAL,
  lease_until             REAL,
  attempts                INTEGER NOT NULL DEFAULT 0,
  delivered_at            REAL,
  abandoned_at            REAL,
  requeued_at             REAL,
  last_error              TEXT,
  resolved_at             REAL,
  resolution_id           TEXT,
  resolution_delivered_at REAL,
  fingerprints            TEXT,
  tbs_sha256              TEXT,
  serial_key              TEXT,
  source_key              TEXT,
  serial                  TEXT,
  not_before              INTEGER,
  not_after               INTEGER,
  is_precertificate       INTEGER,
  has_certificate         INTEGER,
  ours_by_serial          INTEGER,
  serial_conflict         INTEGER,
  provisional             INTEGER NOT NULL DEFAULT 0,
  confirms                INTEGER
);
CREATE INDEX IF NOT EXISTS alerts_pending ON alerts (decide_at) WHERE severity = 'pending';
CREATE INDEX IF NOT EXISTS alerts_due ON alerts (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS alerts_untold
  ON alerts (CASE WHEN delivered THEN resolved_at ELSE decided_at END)
  WHERE due_at IS NULL AND attempts = 0 AND abandoned_at IS NULL AND payload IS NOT NULL
    AND severity <> 'pending';
CREATE INDEX IF NOT EXISTS alerts_unresolved ON alerts (decided_at)
  WHERE severity = 'suspicious' AND resolved_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_tbs_sha256 ON alerts (tbs_sha256);
CREATE INDEX IF NOT EXISTS alerts_serial_key ON alerts (serial_key);
CREATE INDEX IF NOT EXISTS alerts_source_key ON alerts (source_key);
CREATE INDEX IF NOT EXISTS alerts_recorded_at ON alerts (recorded_at);

CREATE TABLE IF NOT EXISTS alert_fingerprints (
  alert       INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  UNIQUE (alert, fingerprint)
);
CREATE INDEX IF NOT EXISTS alert_fingerprints_fingerprint ON alert_fingerprints (fingerprint);
-- Rows brought over from the Python certwatch have one fingerprint, and no list of them.
CREATE TRIGGER IF NOT EXISTS alerts_brought_over AFTER INSERT ON alerts
  WHEN new.event_id IS NULL AND new.fingerprint <> '' BEGIN
  INSERT INTO alert_fingerprints (alert, fingerprint) VALUES (new.id, new.fingerprint);
END;
CREATE TRIGGER IF NOT EXISTS alerts_deleted AFTER DELETE ON alerts BEGIN
  DELETE FROM alert_fingerprints WHERE alert = old.id;
END;
)sql";

// A file of before, with rows.
class FileOfBefore {
 public:
  FileOfBefore() : console_(file_.path()) {
    run_all(tables_before);
    console_.run("PRAGMA user_version = 2");
  }

  // Returns the event id of a row with these columns; `sets` goes over what a row has in any case.
  std::string add(const std::string& name, const std::string& sets) {
    const std::string event_id = random_uuid();
    console_.run(
        "INSERT INTO alerts (fingerprint, sans, matched, issuer, seen_at, severity, event_id,"
        " payload, recorded_at, decide_at, fingerprints, tbs_sha256, serial_key, serial,"
        " not_before, not_after, is_precertificate, has_certificate)"
        " VALUES (?1, '[\"www.example.org\",\"example.org\"]', '[\"example.org\"]', 'CA', 5,"
        " 'pending', ?2, '\"fingerprint_sha1\":\"' || ?1 || '\"', ?3, ?3 + 10,"
        " json_array(?1), 'tbs of ' || ?1, 'key', 'abc', 1000, 2000, 0, 1)",
        {name, event_id, std::to_string(now_)});
    console_.run(
        "INSERT INTO alert_fingerprints (alert, fingerprint) SELECT max(id), ?1 FROM alerts",
        {name});
    console_.run("UPDATE alerts SET " + sets + " WHERE event_id = ?1", {event_id});
    return event_id;
  }
  // An alert with a verdict.
  std::string add_decided(const std::string& name, const std::string& severity,
                          const std::string& sets) {
    return add(name, "severity = '" + severity + "', decided_at = recorded_at, " + sets);
  }

  std::string path() const { return file_.path(); }
  SqliteConsole& console() { return console_; }
  // An expression for a time of so many seconds ago.
  std::string ago(int seconds) const { return std::to_string(now_ - seconds); }

 private:
  void run_all(const std::string& script) {
    char* error = nullptr;
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file_.path().c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, script.c_str(), nullptr, nullptr, &error) == SQLITE_OK);
    sqlite3_close(raw);
  }

  const SqliteFile file_;
  SqliteConsole console_;
  const std::int64_t now_ = std::chrono::duration_cast<std::chrono::seconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
};

// Columns of a delivery of this event: attempts, seconds from `told_since` to due_at, lease_until,
// delivered_at, abandoned_at and requeued_at, and the error.
SqliteConsole::Row delivery(FileOfBefore& file, const std::string& event_id) {
  const auto rows = file.console().run(
      "SELECT kind, attempts, CAST(due_at - told_since AS INTEGER),"
      " CAST(lease_until - told_since AS INTEGER), CAST(delivered_at - told_since AS INTEGER),"
      " CAST(abandoned_at - told_since AS INTEGER), CAST(requeued_at - told_since AS INTEGER),"
      " last_error FROM alert_deliveries WHERE event_id = ?1 AND destination = 'webhook'",
      {event_id});
  return rows.empty() ? SqliteConsole::Row() : rows.at(0);
}

using Row = SqliteConsole::Row;
constexpr auto null = std::nullopt;

struct VerdictCase {
  const char* why;
  const char* severity;
  const char* sets;
  Row delivery;  // empty: none
};

TEST_CASE("how the delivery of a verdict stood, it stands") {
  const VerdictCase cases[] = {
      {"due", "info", "due_at = recorded_at", {"verdict", "0", "0", null, null, null, null, null}},
      {"under way",
       "suspicious",
       "due_at = recorded_at + 30, lease_until = recorded_at + 30, attempts = 3, last_error = 'x',"
       " requeued_at = recorded_at + 7",
       {"verdict", "3", "30", "30", null, null, "7", "x"}},
      {"delivered",
       "info",
       "delivered = 1, delivered_at = recorded_at + 2, attempts = 2",
       {"verdict", "2", null, null, "2", null, null, null}},
      {"given up",
       "suspicious",
       "abandoned_at = recorded_at + 9, attempts = 40, last_error = 'status 400'",
       {"verdict", "40", null, null, null, "9", null, "status 400"}},
      {"asked for again after it was given up",
       "suspicious",
       "abandoned_at = NULL, due_at = recorded_at + 20, requeued_at = recorded_at + 20",
       {"verdict", "0", "20", null, null, null, "20", null}},
      {"never to be told, for there was no webhook", "suspicious", "attempts = 0", {}},
  };
  for (const VerdictCase& one : cases) {
    INFO(one.why);
    FileOfBefore file;
    const std::string event_id = file.add_decided("f1", one.severity, one.sets);
    must(open_ledger_store(file.path())->check_schema());
    CHECK(delivery(file, event_id) == one.delivery);
    CHECK(file.console().run("SELECT * FROM alert_deliveries").size() ==
          (one.delivery.empty() ? 0 : 1));
  }
}

struct ResolutionCase {
  const char* why;
  const char* sets;
  Row verdict;
  Row resolution;  // empty: none
};

TEST_CASE("how the delivery of a resolution stood, it stands") {
  const ResolutionCase cases[] = {
      {"under way",
       "delivered = 1, delivered_at = recorded_at + 2, attempts = 2, due_at = recorded_at + 130,"
       " lease_until = recorded_at + 130, last_error = 'x'",
       {"verdict", "1", null, null, "2", null, null, null},
       {"resolution", "2", "30", "30", null, null, null, "x"}},
      {"delivered",
       "delivered = 1, delivered_at = recorded_at + 2, attempts = 1,"
       " resolution_delivered_at = recorded_at + 101",
       {"verdict", "1", null, null, "2", null, null, null},
       {"resolution", "1", null, null, "1", null, null, null}},
      {"given up",
       "delivered = 1, delivered_at = recorded_at + 2, attempts = 5,"
       " abandoned_at = recorded_at + 109, last_error = 'x'",
       {"verdict", "1", null, null, "2", null, null, null},
       {"resolution", "5", null, null, null, "9", null, "x"}},
      {"waits for its verdict",
       "due_at = recorded_at + 5, attempts = 4, last_error = 'x'",
       {"verdict", "4", "5", null, null, null, null, "x"},
       {"resolution", "0", "0", null, null, null, null, null}},
      {"found by a process without a webhook",
       "delivered = 1, delivered_at = recorded_at + 2, attempts = 0",
       {"verdict", "1", null, null, "2", null, null, null},
       {"resolution", "0", "0", null, null, null, null, null}},
      {"of what was given up",
       "abandoned_at = recorded_at + 9, attempts = 40",
       {"verdict", "40", null, null, null, "9", null, null},
       {}},
      {"of what nobody was to be told of", "attempts = 0", {}, {}},
  };
  for (const ResolutionCase& one : cases) {
    INFO(one.why);
    FileOfBefore file;
    const std::string resolution_id = random_uuid();
    const std::string event_id =
        file.add_decided("f1", "suspicious",
                         "reason = 'unknown', known_by = 'fingerprint',"
                         " resolved_at = recorded_at + 100, resolution_id = '" +
                             resolution_id + "', " + one.sets);
    const IssuanceRow row =
        must(open_ledger_store(file.path())->look(by_event(event_id))).rows.at(0);
    CHECK(row.is_resolved);
    CHECK(row.severity == Severity::suspicious);
    CHECK(delivery(file, event_id) == one.verdict);
    CHECK(delivery(file, resolution_id) == one.resolution);
  }
}

TEST_CASE("what was in flight goes on with the same id, attempts and content") {
  FileOfBefore file;
  const std::string event_id = file.add_decided(
      "f1", "suspicious", "reason = 'serial_only', attempts = 3, due_at = recorded_at");
  const auto deliveries = open_delivery_store(file.path());
  const auto claimed = must(deliveries->claim("webhook", 10, Seconds{15}));
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].event_id == event_id);
  CHECK(claimed[0].attempt == 4);
  CHECK(claimed[0].severity == Severity::suspicious);
  CHECK(claimed[0].reason == Reason::serial_only);
  CHECK(claimed[0].importance == Importance::critical);
  CHECK(claimed[0].identity_facts.empty());
  CHECK(claimed[0].message_facts == R"("fingerprint_sha1":"f1")");
  must(deliveries->settle(claimed[0], {Settlement::Kind::delivered, Seconds{0}, ""}));
  CHECK(must(open_alert_archive(file.path())->list({})).at(0).delivered);
}

struct FactsCase {
  const char* why;
  const char* sets;
  Sort sort;
  bool is_hashed;
};

TEST_CASE("what was known of an issuance is known") {
  const FactsCase cases[] = {
      {"a certificate with DER", "has_certificate = 1", Sort::certificate, true},
      {"a precertificate with DER", "is_precertificate = 1, has_certificate = 0",
       Sort::precertificate, true},
      {"a certificate without", "tbs_sha256 = NULL", Sort::certificate, false},
      {"a precertificate without", "tbs_sha256 = NULL, is_precertificate = 1", Sort::precertificate,
       false},
  };
  for (const FactsCase& one : cases) {
    INFO(one.why);
    FileOfBefore file;
    const std::string event_id = file.add("f1", one.sets);
    const auto rows = must(open_ledger_store(file.path())->look(by_fingerprint("f1"))).rows;
    REQUIRE(rows.size() == 1);
    const IssuanceRow& row = rows[0];
    CHECK(row.event_id == event_id);
    CHECK(row.severity == Severity::pending);
    CHECK(row.serial_key == SerialKey{"abc", 1000, 2000});
    CHECK(row.names == std::vector<std::string>{"example.org", "www.example.org"});
    CHECK(row.is_hashed() == one.is_hashed);
    const Fingerprints& known = one.is_hashed ? row.computed : row.claimed;
    CHECK(known[one.sort] == std::vector<std::string>{"f1"});
    const bool is_precertificate = one.sort == Sort::precertificate;
    CHECK(row.has_hashed_precertificate == (one.is_hashed && is_precertificate));
    CHECK(row.has_unhashed_precertificate == (!one.is_hashed && is_precertificate));
    CHECK_FALSE(row.is_blank);
    CHECK_FALSE(row.conflict_with);
    Identities by_key;
    by_key.serial_keys = {SerialKey{"abc", 1000, 2000}};
    CHECK(must(open_ledger_store(file.path())->look(by_key)).rows.size() == 1);
  }
}

TEST_CASE("what had neither fingerprint nor hash is blank, and what had no serial has no key") {
  FileOfBefore file;
  const std::string blank = file.add("", "tbs_sha256 = NULL, fingerprints = '[]'");
  const std::string keyless = file.add("f2", "serial = NULL, tbs_sha256 = NULL");
  const auto store = open_ledger_store(file.path());
  CHECK(must(store->look(by_event(blank))).rows.at(0).is_blank);
  CHECK_FALSE(must(store->look(by_event(keyless))).rows.at(0).serial_key);
}

TEST_CASE("what was ours for the time being is info by serial, and what waited to confirm pends") {
  FileOfBefore file;
  const std::string provisional =
      file.add_decided("f1", "info", "known_by = 'serial', provisional = 1");
  const std::string waits = file.add("f2", "confirms = 1");
  const std::string conflict = file.add("f3", "serial_conflict = 1");
  const auto store = open_ledger_store(file.path());
  const IssuanceRow info = must(store->look(by_event(provisional))).rows.at(0);
  CHECK(info.severity == Severity::info);
  CHECK(info.known_by == KnownBy::serial);
  for (const std::string& event_id : {waits, conflict}) {
    const IssuanceRow row = must(store->look(by_event(event_id))).rows.at(0);
    CHECK(row.severity == Severity::pending);
    CHECK(row.conflict_with == info.id);
  }
}

TEST_CASE("rows of the Python service stay what they were, and numbers go on") {
  FileOfBefore file;
  file.add("f1", "seen_at = 1");
  file.console().run(
      "INSERT INTO alerts (fingerprint, sans, matched, issuer, seen_at, delivered, severity)"
      " VALUES ('00ff', '[\"a.example\"]', '[\"a.example\"]', 'CA', 7, 1, 'suspicious')");
  const auto store = open_ledger_store(file.path());
  const auto rows = must(store->look(by_fingerprint("00ff"))).rows;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == 2);
  CHECK(rows[0].is_of_python_service());
  CHECK(rows[0].claimed[Sort::certificate] == std::vector<std::string>{"00ff"});
  const AlertRow shown = must(open_alert_archive(file.path())->list({})).at(1);
  CHECK(shown.delivered);
  CHECK(shown.recorded_at == 7);
  const AlertContent told = contract::content("new");
  CHECK(must(store->change({}, [&](const ledger::Snapshot&) {
          ledger::Changes changes;
          changes.inserts.push_back({contract::issuance("new"), &told});
          return changes;
        })) == RowNumbers{3});
}

TEST_CASE("it is taken over once, from either version, and the rest of the file is left alone") {
  for (const std::string version : {"1", "2"}) {
    FileOfBefore file;
    if (version == "1") file.console().run("DROP INDEX alerts_untold");
    file.console().run("PRAGMA user_version = " + version);
    file.console().run("INSERT INTO intent_current VALUES ('example.org')");
    file.console().run("INSERT INTO certs (fingerprint_sha1) VALUES ('f9')");
    const std::string event_id = file.add_decided("f1", "info", "due_at = recorded_at");
    for (int i = 0; i < 2; ++i) {
      const auto deliveries = open_delivery_store(file.path());
      for (const Delivery& one : must(deliveries->claim("webhook", 10, Seconds{15}))) {
        must(deliveries->settle(one, {Settlement::Kind::delivered, Seconds{0}, ""}));
      }
    }
    CHECK(file.console().run("SELECT * FROM alert_deliveries").size() == 1);
    CHECK(file.console().run("SELECT * FROM intent_current").size() == 1);
    CHECK(file.console().run("SELECT * FROM certs").size() == 1);
    CHECK(file.console().run("SELECT * FROM sqlite_master WHERE name = 'alerts_before'").empty());
    CHECK(file.console().run("PRAGMA user_version").at(0).at(0) == "3");
    // The same tables as in a new file.
    const SqliteFile fresh;
    must(open_ledger_store(fresh.path())->check_schema());
    SqliteConsole of_fresh(fresh.path());
    const std::string all = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
    CHECK(file.console().run(all) == of_fresh.run(all));
  }
}

}  // namespace
}  // namespace certwatch::sqlite
