-- The tables of certwatch in PostgreSQL (13 or newer).
--
--   psql "$POSTGRES_DSN" -f schema.sql
--
-- May be applied again and again, also over a database of the Python certwatch with its rows, and
-- while the service runs. Creates what is missing. public.intent_current and public.certs belong to
-- whoever fills them: once they exist, nothing here touches them. Alters only public.alerts.

BEGIN;
SET LOCAL client_min_messages = warning;

DO $$
BEGIN
  -- Two of us at once would both find the same things missing.
  PERFORM pg_advisory_xact_lock(4850153390011273582);

  -- What to watch, one domain a row: it and everything below it.
  IF to_regclass('public.intent_current') IS NULL THEN
    CREATE TABLE public.intent_current (fqdn TEXT);
  END IF;

  -- The inventory: the certificates that are ours. Filled by what obtains them. Serials are
  -- hexadecimal, with or without colons, dashes, blanks, 0x, leading zeros and capitals. Of sans,
  -- DNS names count, with or without DNS: in front; where one is in Unicode, the names of that row
  -- are not compared.
  IF to_regclass('public.certs') IS NULL THEN
    CREATE TABLE public.certs (
      fingerprint_sha1 TEXT PRIMARY KEY,  -- lower-case hexadecimal
      serial           TEXT,
      sans             JSONB,
      not_before       BIGINT,            -- Unix seconds
      not_after        BIGINT,
      source           TEXT,
      added_at         BIGINT,
      tbs_sha256       TEXT               -- lower-case hexadecimal; optional
    );
    CREATE INDEX certs_validity ON public.certs (not_before, not_after);
    CREATE INDEX certs_tbs_sha256 ON public.certs (tbs_sha256);
  END IF;

  -- As the Python certwatch made it; what is new follows as added columns.
  IF to_regclass('public.alerts') IS NULL THEN
    CREATE TABLE public.alerts (
      id          BIGSERIAL PRIMARY KEY,
      fingerprint TEXT,
      sans        JSONB,
      matched     JSONB,
      issuer      TEXT,
      seen_at     BIGINT,
      delivered   BOOLEAN DEFAULT false,
      severity    TEXT DEFAULT 'suspicious'
    );
  END IF;
END $$;

ALTER TABLE public.alerts
  ADD COLUMN IF NOT EXISTS event_id                UUID,
  ADD COLUMN IF NOT EXISTS payload                 TEXT,
  ADD COLUMN IF NOT EXISTS known_by                TEXT,
  ADD COLUMN IF NOT EXISTS reason                  TEXT,
  -- No default: it would falsify the rows of the Python certwatch.
  ADD COLUMN IF NOT EXISTS recorded_at             TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS decide_at               TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS decided_at              TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS due_at                  TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS lease_until             TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS attempts                INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS delivered_at            TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS abandoned_at            TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS requeued_at             TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS last_error              TEXT,
  ADD COLUMN IF NOT EXISTS resolved_at             TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS resolution_id           UUID,
  ADD COLUMN IF NOT EXISTS resolution_delivered_at TIMESTAMPTZ,
  ADD COLUMN IF NOT EXISTS fingerprints            TEXT[],
  ADD COLUMN IF NOT EXISTS tbs_sha256              TEXT,
  ADD COLUMN IF NOT EXISTS serial_key              TEXT,
  ADD COLUMN IF NOT EXISTS source_key              TEXT,
  ADD COLUMN IF NOT EXISTS serial                  TEXT,
  ADD COLUMN IF NOT EXISTS not_before              BIGINT,
  ADD COLUMN IF NOT EXISTS not_after               BIGINT,
  ADD COLUMN IF NOT EXISTS is_precertificate       BOOLEAN,
  ADD COLUMN IF NOT EXISTS has_certificate         BOOLEAN,
  ADD COLUMN IF NOT EXISTS ours_by_serial          BOOLEAN,
  ADD COLUMN IF NOT EXISTS serial_conflict         BOOLEAN,
  ADD COLUMN IF NOT EXISTS provisional             BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS confirms                BIGINT;

-- A role may own the table and yet not be allowed to create an index beside it: then certwatch
-- works, the slower the more rows there are.
DO $$
DECLARE
  wanted RECORD;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('alerts_event_id',     'CREATE UNIQUE INDEX alerts_event_id ON public.alerts (event_id)'),
      -- Verdicts that are due.
      ('alerts_pending',      'CREATE INDEX alerts_pending ON public.alerts (decide_at) WHERE severity = ''pending'''),
      -- Deliveries that are due.
      ('alerts_due',          'CREATE INDEX alerts_due ON public.alerts (due_at) WHERE due_at IS NOT NULL'),
      -- Verdicts of a process that delivers nothing, for one that does.
      ('alerts_untold',       'CREATE INDEX alerts_untold ON public.alerts ((CASE WHEN delivered THEN resolved_at ELSE decided_at END)) WHERE due_at IS NULL AND attempts = 0 AND abandoned_at IS NULL AND payload IS NOT NULL AND severity <> ''pending'''),
      -- What may still turn out to be ours.
      ('alerts_unresolved',   'CREATE INDEX alerts_unresolved ON public.alerts (decided_at) WHERE severity = ''suspicious'' AND resolved_at IS NULL'),
      -- Is this issuance on record? Without fastupdate a look-up never has a pending list to read.
      ('alerts_fingerprints', 'CREATE INDEX alerts_fingerprints ON public.alerts USING gin (fingerprints) WITH (fastupdate = off)'),
      -- The same for rows of the Python certwatch.
      ('alerts_python',       'CREATE INDEX alerts_python ON public.alerts (fingerprint) WHERE fingerprints IS NULL'),
      ('alerts_tbs_sha256',   'CREATE INDEX alerts_tbs_sha256 ON public.alerts (tbs_sha256)'),
      ('alerts_serial_key',   'CREATE INDEX alerts_serial_key ON public.alerts (serial_key)'),
      ('alerts_source_key',   'CREATE INDEX alerts_source_key ON public.alerts (source_key)'),
      -- Clean-up.
      ('alerts_recorded_at',  'CREATE INDEX alerts_recorded_at ON public.alerts (recorded_at)'),
      ('alerts_seen_at',      'CREATE INDEX alerts_seen_at ON public.alerts (seen_at) WHERE recorded_at IS NULL')
    ) AS list (name, statement)
  LOOP
    CONTINUE WHEN to_regclass('public.' || wanted.name) IS NOT NULL;
    BEGIN
      EXECUTE wanted.statement;
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE WARNING 'index % not created: %. GRANT CREATE ON SCHEMA public, apply schema.sql again', wanted.name, SQLERRM;
    END;
  END LOOP;
END $$;

COMMENT ON TABLE public.alerts IS 'certwatch: certificates seen in Certificate Transparency logs for names that are watched, one row an issuance';
COMMENT ON COLUMN public.alerts.id IS 'Number of the row, in order of recording';
COMMENT ON COLUMN public.alerts.fingerprint IS 'SHA-1 of the certificate as first seen, lower-case hexadecimal; empty where not known';
COMMENT ON COLUMN public.alerts.sans IS 'All names of the certificate, as in the message';
COMMENT ON COLUMN public.alerts.matched IS 'The watch entries that it hit, sorted';
COMMENT ON COLUMN public.alerts.issuer IS 'Who issued it, as the message says';
COMMENT ON COLUMN public.alerts.seen_at IS 'When the feed saw it, Unix seconds; 0 where the message does not say';
COMMENT ON COLUMN public.alerts.delivered IS 'True after the webhook answered 2xx';
COMMENT ON COLUMN public.alerts.severity IS 'pending (the grace window is open), info (ours) or suspicious';
COMMENT ON COLUMN public.alerts.event_id IS 'The id of the webhook event, the same for every attempt; null in rows of the Python certwatch';
COMMENT ON COLUMN public.alerts.payload IS 'What of the webhook event does not depend on the verdict: the members of the JSON object, without its braces. Rows without are never sent';
COMMENT ON COLUMN public.alerts.known_by IS 'How it was found to be ours: fingerprint, tbs (hash of the to-be-signed part) or serial';
COMMENT ON COLUMN public.alerts.reason IS 'Why it is suspicious: unknown, serial_only (shares no more than serial and validity with one of ours) or serial_conflict (same serial as another issuance, another certificate)';
COMMENT ON COLUMN public.alerts.recorded_at IS 'When it was put on record; null in rows of the Python certwatch';
COMMENT ON COLUMN public.alerts.decide_at IS 'When the grace window ends';
COMMENT ON COLUMN public.alerts.decided_at IS 'When the verdict fell';
COMMENT ON COLUMN public.alerts.due_at IS 'When the next attempt to deliver may begin; null where nothing is to be delivered';
COMMENT ON COLUMN public.alerts.lease_until IS 'Until when an attempt is under way; if its process dies, another begins after this';
COMMENT ON COLUMN public.alerts.attempts IS 'Attempts so far to deliver the alert, or, after that, its resolution';
COMMENT ON COLUMN public.alerts.delivered_at IS 'When the webhook took it';
COMMENT ON COLUMN public.alerts.abandoned_at IS 'When the attempts to deliver (the alert, or where that was delivered, its resolution) were given up';
COMMENT ON COLUMN public.alerts.requeued_at IS 'When an operator last asked for it to be delivered again';
COMMENT ON COLUMN public.alerts.last_error IS 'Why the last attempt failed';
COMMENT ON COLUMN public.alerts.resolved_at IS 'When a suspicious one turned out to be ours after all';
COMMENT ON COLUMN public.alerts.resolution_id IS 'The id of the webhook event that says so';
COMMENT ON COLUMN public.alerts.resolution_delivered_at IS 'When the webhook took that';
COMMENT ON COLUMN public.alerts.fingerprints IS 'SHA-1 of every certificate and precertificate seen of this issuance, at most 16';
COMMENT ON COLUMN public.alerts.tbs_sha256 IS 'SHA-256 of the to-be-signed part without poison and SCT list: equal for precertificate and certificate';
COMMENT ON COLUMN public.alerts.serial_key IS 'Hash over issuer, serial, validity and names';
COMMENT ON COLUMN public.alerts.source_key IS 'Hash over log and index, for what has no other identity';
COMMENT ON COLUMN public.alerts.serial IS 'Serial number, lower-case hexadecimal without colons and leading zeros';
COMMENT ON COLUMN public.alerts.not_before IS 'Beginning of its validity, Unix seconds';
COMMENT ON COLUMN public.alerts.not_after IS 'End of its validity, Unix seconds';
COMMENT ON COLUMN public.alerts.is_precertificate IS 'True as long as only precertificates of this issuance have been seen';
COMMENT ON COLUMN public.alerts.has_certificate IS 'True where one of the fingerprints is that of a certificate, not of a precertificate';
COMMENT ON COLUMN public.alerts.ours_by_serial IS 'True where serial, validity and names in the inventory are enough to call it ours, provisionally';
COMMENT ON COLUMN public.alerts.serial_conflict IS 'True where another issuance on record has the same serial and another certificate';
COMMENT ON COLUMN public.alerts.provisional IS 'True where it is called ours by serial alone, until its certificate is seen and is in the inventory';
COMMENT ON COLUMN public.alerts.confirms IS 'This row is the certificate to the provisional row of this id: it vanishes if it is in the inventory';

COMMIT;

-- What the service's own role needs, and nothing more:
--
--   GRANT USAGE ON SCHEMA public TO certwatch;
--   GRANT SELECT ON public.intent_current, public.certs TO certwatch;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON public.alerts TO certwatch;
--   GRANT USAGE ON SEQUENCE public.alerts_id_seq TO certwatch;
--
-- `certwatch inventory add`, if it is run with that role, also:
--
--   GRANT INSERT, UPDATE ON public.certs TO certwatch;
