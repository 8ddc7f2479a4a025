"""The file is deleted, or another one put in its place, while the service runs: noticed, told, and used from then on."""

import shutil

from e2e.harness.messages import Certificate

NEEDS_SQLITE = "a file"
SECONDS = 10
_EACH = 20


def scenario(env):
    env.watch("example.org", "example.com")
    process = env.start(WATCH_REFRESH_INTERVAL_S=0.5)
    env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(_EACH)))
    env.wait_settled(_EACH)
    backup = env.folder / "backup.db"
    env.database.backup(backup)

    # Deleted: an empty one is made, and an empty watch list is told.
    for path in env.database.files():
        path.unlink()
    process.wait_log("moved, replaced or deleted")
    process.wait_metric("certwatch_watch_entries", equals=0)
    assert "watch" in str(process.wait_unready())
    assert process.healthz()[0] == 200
    env.watch("example.net")
    process.wait_metric("certwatch_watch_entries", equals=1)
    env.feed.send(Certificate("www.example.net").message())
    (row,) = env.wait_settled(1)
    assert row["matched"] == ["example.net"]

    # The back-up is put back, with what the other file has left beside itself taken away.
    for path in env.database.files():
        path.unlink()
    shutil.copy(backup, env.database.path)
    process.wait_metric("certwatch_watch_entries", equals=2)
    process.wait_ready()
    env.feed.send(Certificate("later.example.org").message())
    rows = env.wait_settled(_EACH + 1)
    assert rows[-1]["sans"] == ["later.example.org"]
    env.nothing_more(_EACH + 2)
