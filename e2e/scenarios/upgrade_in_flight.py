"""Over the tables of a certwatch that kept deliveries in alerts: what was in flight arrives under the ids that it had."""

from e2e.harness import postgres

NEEDS_POSTGRES = "tables of before"
_SCHEMA = postgres.REPOSITORY / "tests" / "record" / "data" / "schema_31db63d.sql"
_DUE = "00000000-0000-4000-8000-000000000001"
_RESOLVED = "00000000-0000-4000-8000-000000000002"
_RESOLUTION = "00000000-0000-4000-8000-000000000003"
_PENDING = "00000000-0000-4000-8000-000000000004"
_DELIVERED = "00000000-0000-4000-8000-000000000005"


def scenario(env):
    database = env.empty_database()
    env.use_database(database)
    database.load(_SCHEMA)
    for event, severity, columns, values in [
        (_DUE, "suspicious", "decided_at, due_at", "now(), now()"),
        (_RESOLVED, "suspicious", "decided_at, resolved_at, resolution_id, delivered", f"now(), now(), '{_RESOLUTION}', true"),
        (_PENDING, "pending", "decide_at", "now()"),
        (_DELIVERED, "info", "decided_at, delivered", "now(), true"),
    ]:
        database.execute(
            f"INSERT INTO public.alerts (event_id, severity, recorded_at, payload, matched, {columns}) VALUES"
            f" ('{event}', '{severity}', now(), '\"fingerprint_sha1\":\"ab\"', '[\"example.org\"]', {values})"
        )
    database.load(postgres.SCHEMA)
    database.load(postgres.SCHEMA)
    for statement in postgres.GRANTS:
        database.execute(statement)
    env.watch("example.org")

    env.start()
    env.webhook.wait_for(3)
    env.nothing_more(3)
    sent = {payload["id"]: payload for payload in env.webhook.payloads()}
    assert sent.keys() == {_DUE, _PENDING, _RESOLUTION}, sent
    assert sent[_RESOLUTION]["resolves"] == _RESOLVED
    assert sent[_DUE]["fingerprint_sha1"] == "ab"
