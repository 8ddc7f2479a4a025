"""The database goes away for a while: the stream is read on, and everything is on record when it is back."""

import time

from e2e.harness.messages import Certificate

SECONDS = 25
_EACH = 60


def scenario(env):
    env.watch("example.org")
    outage = env.outage()
    process = env.start(**outage.variables, WATCH_REFRESH_INTERVAL_S=1)
    count = 0

    def send():
        nonlocal count
        env.feed.send(*(Certificate(f"host-{count + number}.example.org").message() for number in range(_EACH)))
        count += _EACH

    send()
    env.wait_settled(count)
    for _ in range(2):
        outage.begin()
        read = process.metric("certwatch_ct_messages_total")
        send()
        process.wait_metric("certwatch_ct_messages_total", equals=read + _EACH, timeout=15)
        process.wait_metric("certwatch_store_up", equals=0)
        assert "database" in str(process.wait_unready())
        assert process.healthz()[0] == 200
        time.sleep(6)  # longer than one try of everything
        assert process.healthz()[0] == 200
        assert process.metric("certwatch_store_up") == 0
        assert process.metric("certwatch_watch_entries") == 1, "the watch list is gone"
        outage.end()
        env.wait_settled(count, timeout=120)
        process.wait_metric("certwatch_store_up", equals=1)
        process.wait_ready()
    env.nothing_more(count)
    assert process.metric("certwatch_match_queue_depth") == 0
