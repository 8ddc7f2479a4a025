#include "record/sqlite/schema.h"

namespace certwatch::sqlite {

// The tables of schema.sql, and alert_fingerprints, which stands in for an index over lists.
// Triggers keep it.
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
  id                          INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint                 TEXT,
  sans                        TEXT CHECK (json_valid(sans)),
  matched                     TEXT CHECK (json_valid(matched)),
  issuer                      TEXT,
  seen_at                     INTEGER,
  delivered                   INTEGER NOT NULL DEFAULT 0,
  severity                    TEXT DEFAULT 'suspicious',
  event_id                    TEXT UNIQUE,
  payload                     TEXT,
  known_by                    TEXT,
  reason                      TEXT,
  recorded_at                 REAL,
  decide_at                   REAL,
  decided_at                  REAL,
  resolved_at                 REAL,
  fingerprints                TEXT,
  tbs_sha256                  TEXT,
  source_key                  TEXT,
  serial                      TEXT,
  not_before                  INTEGER,
  not_after                   INTEGER,
  identity_facts              TEXT,
  issuance_key                TEXT,
  names                       TEXT,
  computed_precertificates    TEXT,
  computed_certificates       TEXT,
  claimed_precertificates     TEXT,
  claimed_certificates        TEXT,
  has_hashed_precertificate   INTEGER NOT NULL DEFAULT 0,
  has_unhashed_precertificate INTEGER NOT NULL DEFAULT 0,
  is_blank                    INTEGER NOT NULL DEFAULT 0,
  is_crowded                  INTEGER NOT NULL DEFAULT 0,
  is_certain                  INTEGER NOT NULL DEFAULT 0,
  is_refuted                  INTEGER NOT NULL DEFAULT 0,
  conflict_with               INTEGER,
  refutes                     INTEGER,
  kind                        TEXT DEFAULT 'issuance',
  importance                  TEXT
);
CREATE INDEX IF NOT EXISTS alerts_pending ON alerts (decide_at) WHERE severity = 'pending';
CREATE INDEX IF NOT EXISTS alerts_unresolved ON alerts (decided_at)
  WHERE severity = 'suspicious' AND resolved_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_changed ON alerts (coalesce(resolved_at, decided_at));
CREATE INDEX IF NOT EXISTS alerts_tbs_sha256 ON alerts (tbs_sha256);
CREATE INDEX IF NOT EXISTS alerts_issuance_key ON alerts (issuance_key);
CREATE INDEX IF NOT EXISTS alerts_source_key ON alerts (source_key);
CREATE INDEX IF NOT EXISTS alerts_age ON alerts (coalesce(recorded_at, seen_at));

CREATE TABLE IF NOT EXISTS alert_deliveries (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  alert        INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  destination  TEXT NOT NULL,
  told_since   REAL NOT NULL,
  due_at       REAL,
  lease_until  REAL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  delivered_at REAL,
  abandoned_at REAL,
  requeued_at  REAL,
  last_error   TEXT,
  UNIQUE (event_id, destination)
);
CREATE INDEX IF NOT EXISTS alert_deliveries_due ON alert_deliveries (destination, due_at)
  WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS alert_deliveries_alert ON alert_deliveries (alert);

CREATE TABLE IF NOT EXISTS certwatch_destinations (
  name         TEXT PRIMARY KEY,
  least        TEXT NOT NULL,
  announced_at REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS alert_fingerprints (
  fingerprint TEXT NOT NULL,
  alert       INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, alert)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_fingerprints_alert ON alert_fingerprints (alert);
-- Rows brought over from the Python certwatch have one fingerprint, and no list of them.
CREATE TRIGGER IF NOT EXISTS alerts_inserted AFTER INSERT ON alerts BEGIN
  INSERT OR IGNORE INTO alert_fingerprints SELECT value, new.id
    FROM json_each(coalesce(new.fingerprints, json_array(new.fingerprint))) WHERE value <> '';
END;
CREATE TRIGGER IF NOT EXISTS alerts_updated AFTER UPDATE OF fingerprints ON alerts
  WHEN new.fingerprints IS NOT old.fingerprints BEGIN
  DELETE FROM alert_fingerprints WHERE alert = new.id;
  INSERT OR IGNORE INTO alert_fingerprints SELECT value, new.id FROM json_each(new.fingerprints);
END;
CREATE TRIGGER IF NOT EXISTS alerts_deleted AFTER DELETE ON alerts BEGIN
  DELETE FROM alert_fingerprints WHERE alert = old.id;
  DELETE FROM alert_deliveries WHERE alert = old.id;
END;
)sql";

const char* const put_aside = R"sql(
CREATE TABLE alerts_before AS SELECT * FROM alerts;
DROP TABLE alerts;
DROP TABLE alert_fingerprints;
)sql";

// A row held two events after each other: the alert until it was delivered, then its resolution.
const char* const take_over = R"sql(
INSERT INTO alerts (id, fingerprint, sans, matched, issuer, seen_at, delivered, severity, event_id,
  payload, known_by, reason, recorded_at, decide_at, decided_at, resolved_at, fingerprints,
  tbs_sha256, source_key, serial, not_before, not_after, issuance_key, computed_precertificates,
  computed_certificates, claimed_precertificates, claimed_certificates, has_hashed_precertificate,
  has_unhashed_precertificate, is_blank, conflict_with, importance)
SELECT id, fingerprint, sans, matched, issuer, seen_at, delivered, severity, event_id,
  payload, known_by, reason, recorded_at, decide_at, decided_at, resolved_at, fingerprints,
  tbs_sha256, source_key, serial, not_before, not_after,
  nullif(serial, '') || '/' || not_before || '/' || not_after,
  iif(tbs_sha256 IS NOT NULL AND is_precertificate, fingerprints, NULL),
  iif(tbs_sha256 IS NOT NULL AND NOT is_precertificate, fingerprints, NULL),
  iif(tbs_sha256 IS NULL AND is_precertificate, fingerprints, NULL),
  iif(tbs_sha256 IS NULL AND NOT is_precertificate, fingerprints, NULL),
  tbs_sha256 IS NOT NULL AND is_precertificate IS 1,
  tbs_sha256 IS NULL AND is_precertificate IS 1,
  tbs_sha256 IS NULL AND NOT is_precertificate AND fingerprints IS '[]',
  iif(severity = 'pending', coalesce(confirms, (SELECT min(o.id) FROM alerts_before AS o
    WHERE b.serial_conflict AND o.serial_key = b.serial_key AND o.tbs_sha256 <> b.tbs_sha256)), NULL),
  iif(event_id IS NULL, NULL, CASE severity WHEN 'info' THEN 'info' WHEN 'suspicious' THEN 'critical' END)
FROM alerts_before AS b;

INSERT INTO alert_deliveries (alert, kind, event_id, destination, told_since, due_at, lease_until,
  attempts, delivered_at, abandoned_at, requeued_at, last_error)
SELECT id, 'verdict', event_id, 'webhook', coalesce(decided_at, recorded_at),
  iif(delivered, NULL, due_at), iif(delivered, NULL, lease_until),
  iif(delivered AND resolution_id IS NOT NULL, 1, attempts),
  iif(delivered, coalesce(delivered_at, decided_at), NULL),
  iif(delivered OR due_at IS NOT NULL, NULL, abandoned_at), requeued_at,
  iif(delivered, NULL, last_error)
FROM alerts_before
WHERE payload IS NOT NULL AND severity <> 'pending'
  AND (delivered OR due_at IS NOT NULL OR abandoned_at IS NOT NULL)
ORDER BY id;

INSERT INTO alert_deliveries (alert, kind, event_id, destination, told_since, due_at, lease_until,
  attempts, delivered_at, abandoned_at, requeued_at, last_error)
SELECT id, 'resolution', resolution_id, 'webhook', resolved_at,
  CASE WHEN NOT delivered THEN resolved_at
       WHEN resolution_delivered_at IS NULL AND abandoned_at IS NULL
         THEN coalesce(due_at, resolved_at) END,
  iif(delivered, lease_until, NULL), iif(delivered, attempts, 0), resolution_delivered_at,
  iif(delivered AND resolution_delivered_at IS NULL, abandoned_at, NULL), requeued_at,
  iif(delivered, last_error, NULL)
FROM alerts_before
WHERE payload IS NOT NULL AND resolution_id IS NOT NULL AND (delivered OR due_at IS NOT NULL)
ORDER BY id;

DROP TABLE alerts_before;
)sql";

}  // namespace certwatch::sqlite
