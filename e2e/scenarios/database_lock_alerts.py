"""A lock on alerts for ten seconds: the stream is read on, matches wait in the queue, all are on record afterwards."""

import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 25
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
