"""A file that the service may not write to is as good as none, from the start and later: waited out, nothing lost."""

import os

from e2e.harness import waiting
from e2e.harness.messages import Certificate

NEEDS_SQLITE = "permissions of a file"
SECONDS = 15
_EACH = 30


def scenario(env):
    env.watch("example.org")
    env.powerless = True
    folder = env.database.path.parent

    def permit(writing):
        for path in env.database.files():
            path.chmod(0o644 if writing else 0o444)
        folder.chmod(0o755 if writing else 0o555)

    permit(False)
    process = env.launch()
    process.wait_alive()
    assert "database" in str(process.wait_unready())
    process.wait_log("must not be written to")
    waiting.stays(lambda: process.metric("certwatch_store_up") == 0, "the database is away", seconds=3)
    assert process.healthz()[0] == 200 and env.feed.attempts == []
    permit(True)
    env.feed.wait_for_client(1)
    env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(_EACH)))
    env.wait_settled(_EACH)
    process.wait_ready()

    # What was opened before stays writable; moved away and put back, it is opened anew.
    outage = env.outage()
    outage.begin()
    env.feed.send(Certificate("meanwhile.example.org").message())
    process.wait_log('doing="recording alerts"')
    process.wait_metric("certwatch_store_up", equals=0)
    os.chmod(outage.away, 0o555)
    for path in outage.away.iterdir():
        path.chmod(0o444)
    outage.end()
    env.feed.send(*(Certificate(f"more-{number}.example.org").message() for number in range(_EACH)))
    process.wait_metric("certwatch_matches_total", equals=2 * _EACH + 1)
    process.wait_metric("certwatch_store_up", equals=0)
    waiting.stays(lambda: process.metric("certwatch_store_up") == 0, "the database is away", seconds=3)
    assert process.healthz()[0] == 200
    permit(True)
    env.wait_settled(2 * _EACH + 1)
    process.wait_ready()
    env.nothing_more(2 * _EACH + 1)
