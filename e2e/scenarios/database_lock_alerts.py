"""Locks on alerts. On all of them: the stream is read on, and all matches are on record afterwards. On one row: the others go on."""

import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 50
_COUNT = 200


def scenario(env):
    env.watch("example.org")
    process = env.start()
    with env.database.locked_alerts():
        begun = time.monotonic()
        env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(_COUNT)))
        process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=_COUNT)
        waiting.until(lambda: time.monotonic() - begun > 10, "ten seconds of lock")
        assert process.healthz()[0] == 200
        assert env.webhook.requests == []
    env.wait_settled(_COUNT, timeout=120)
    env.nothing_more(_COUNT)
    process.wait_metric("certwatch_match_queue_depth", equals=0)
    assert process.metric("certwatch_alert_delay_seconds_sum") > 5
    if hasattr(env.database, "locked_row"):  # an embedded database has no locks on rows
        _one_row(env, process)


def _one_row(env, process):
    """A repeat that its row has to learn waits for the row, and so does its delivery; nothing else does."""
    held = Certificate("held.example.org")
    env.feed.send(held.message("precertificate"))
    (row,) = env.wait_alerts(1, f"fingerprint = '{held.fingerprint('precertificate')}'")
    env.wait_settled(_COUNT + 1)
    with env.database.locked_row(row["id"]):
        env.feed.send(held.message())
        for number in range(20):
            env.feed.send(Certificate(f"other-{number}.example.org").message(), held.message())
        others = "sans::text LIKE '%other-%'"
        env.wait_alerts(20, others, timeout=30)
        env.wait_alerts(20, f"{others} AND severity = 'suspicious' AND delivered", timeout=30)
        assert env.alerts(f"id = {row['id']}")[0]["fingerprints"] == row["fingerprints"]
    env.wait_alerts(1, f"id = {row['id']} AND '{held.fingerprint()}' = ANY (fingerprints)", timeout=60)
    env.wait_settled(_COUNT + 21)
    process.wait_metric("certwatch_match_queue_depth", equals=0)
