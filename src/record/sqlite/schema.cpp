#include "record/sqlite/schema.h"

namespace certwatch::sqlite {

// The tables of schema.sql, and alert_fingerprints, which stands in for an index over a list.
const char* const schema = R"sql(
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

}  // namespace certwatch::sqlite
