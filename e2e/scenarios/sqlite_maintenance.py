"""Back-up, VACUUM and a checkpoint while certificates come in: the back-up is whole, and nothing is lost or told twice."""

from e2e.harness import sqlite
from e2e.harness.messages import Certificate

NEEDS_SQLITE = "a file"
SECONDS = 15
_EACH = 200


def scenario(env):
    env.watch("example.org")
    process = env.start()
    count = 0
    for name, work in [
        ("backup", lambda: env.database.backup(env.folder / "backup.db")),
        ("vacuum", lambda: env.database.execute("VACUUM public")),
        ("checkpoint", lambda: env.database.execute("PRAGMA public.wal_checkpoint(TRUNCATE)")),
        ("copy", lambda: env.database.execute(f"VACUUM public INTO '{env.folder}/copy.db'")),
        ("analyze", lambda: env.database.execute("ANALYZE public")),
    ]:
        env.feed.send(*(Certificate(f"{name}-{number}.example.org").message() for number in range(_EACH)))
        count += _EACH
        env.wait_alerts(count - _EACH + 1)
        work()
        env.wait_alerts(count)
    rows = env.wait_settled(count, timeout=120)
    env.nothing_more(count)
    assert process.metric("certwatch_dropped_matches_total") == 0
    for copy in ("backup.db", "copy.db"):
        database = sqlite.Database(env.folder / copy)
        assert database.complaints() == []
        copies = database.sql("SELECT event_id FROM public.alerts")
        assert 0 < len(copies) <= len(rows)
        assert {row["event_id"] for row in copies} <= {row["event_id"] for row in rows}
