"""The database goes away for a while: the stream is read on, and everything is on record when it is back."""

import time

from e2e.harness.messages import Certificate

SECONDS = 40
_EACH = 60


def scenario(env):
    env.watch("example.org")
    proxy = env.proxy(env.database.server.port)
    process = env.start(POSTGRES_DSN=env.database.dsn_through(proxy.port), WATCH_REFRESH_INTERVAL_S=1)
    count = 0

    def send():
        nonlocal count
        env.feed.send(*(Certificate(f"host-{count + number}.example.org").message() for number in range(_EACH)))
        count += _EACH

    send()
    env.wait_settled(count)
    for what, away, back in [
        ("refused", lambda: (proxy.refuse(), proxy.cut()), proxy.listen),
        ("silent", proxy.freeze, proxy.thaw),
        ("cut off at every connection", proxy.cut, lambda: None),
    ]:
        away()
        read = process.metric("certwatch_ct_messages_total")
        send()
        process.wait_metric("certwatch_ct_messages_total", equals=read + _EACH, timeout=15)
        if back is proxy.listen:
            process.wait_metric("certwatch_store_up", equals=0)
            assert "database" in str(process.wait_unready())
            assert process.healthz()[0] == 200, what
            time.sleep(6)  # longer than one try of everything
            assert process.healthz()[0] == 200, what
            assert process.metric("certwatch_watch_entries") == 1, "the watch list is gone"
        elif back is proxy.thaw:
            time.sleep(8)
            assert process.healthz()[0] == 200, what
        back()
        env.wait_settled(count, timeout=120)
        process.wait_metric("certwatch_store_up", equals=1)
        process.wait_ready()
    env.nothing_more(count)
    assert process.metric("certwatch_match_queue_depth") == 0
