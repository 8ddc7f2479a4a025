"""Over a database of the Python service: schema.sql as often as one likes, its rows stay, and are never sent.

The role that the Python service had is enough: the new tables get what it may do with alerts.
"""

import time

from e2e.harness import postgres
from e2e.harness.messages import Certificate, Log

NEEDS_POSTGRES = "a database of the Python service"
_PYTHON_SCHEMA = [
    """CREATE TABLE public.alerts (id BIGSERIAL PRIMARY KEY, fingerprint TEXT, sans JSONB, matched JSONB, issuer TEXT,
       seen_at BIGINT, delivered BOOLEAN DEFAULT false, severity TEXT DEFAULT 'suspicious')""",
    """CREATE TABLE public.certs (fingerprint_sha1 TEXT PRIMARY KEY, serial TEXT, sans JSONB, not_before BIGINT,
       not_after BIGINT, source TEXT, added_at BIGINT)""",
    "CREATE VIEW public.intent_current AS SELECT 'example.org'::text AS fqdn, 7 AS another_column",
    "GRANT SELECT ON public.intent_current, public.certs TO certwatch",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON public.alerts TO certwatch",
    "GRANT USAGE ON SEQUENCE public.alerts_id_seq TO certwatch",
]


def scenario(env):
    database = env.empty_database()
    env.use_database(database)
    for statement in _PYTHON_SCHEMA:
        database.execute(statement)
    known = Certificate("known.example.org")
    common = {"sans": ["x.example.org"], "matched": ["example.org"], "issuer": "x", "seen_at": int(time.time())}
    database.insert(
        "alerts",
        {**common, "fingerprint": known.fingerprint(), "delivered": False, "severity": "suspicious"},
        {**common, "fingerprint": "ab" * 20, "delivered": True, "severity": "info"},
    )
    before = env.alerts()
    database.load(postgres.SCHEMA)
    database.load(postgres.SCHEMA)
    after = env.alerts()
    assert [{key: row[key] for key in before[0]} for row in after] == before
    columns = [row["column_name"] for row in database.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'alerts' ORDER BY ordinal_position"
    )]
    assert columns[:8] == ["id", "fingerprint", "sans", "matched", "issuer", "seen_at", "delivered", "severity"]
    assert all(row["recorded_at"] is None for row in after)
    certs = [row["column_name"] for row in database.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'certs' ORDER BY ordinal_position"
    )]
    assert certs[-1] == "added_at", "schema.sql altered certs, which belongs to upstream"

    # Everything works without certs.tbs_sha256; a repeat of what Python recorded is one.
    process = env.start()
    ours, foreign = Certificate("ours.example.org"), Certificate("foreign.example.org")
    env.own(ours)
    env.feed.send(known.message(), known.message(log=Log()), ours.message("precertificate"), foreign.message())
    env.webhook.wait_for(2)
    env.wait_alerts(2, "delivered AND recorded_at IS NOT NULL")
    env.nothing_more(2)
    assert {payload["severity"] for payload in env.webhook.payloads()} == {"info", "suspicious"}
    rows = env.alerts()
    assert len(rows) == 4
    assert [row["delivered"] for row in rows[:2]] == [False, True]
    assert process.terminate() == 0
    database.load(postgres.SCHEMA)
    assert env.alerts() == rows
