"""The database does not answer any more, or every connection to it is cut off: waited out as well."""

import time

from e2e.harness import certwatch, waiting
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a network between"
SECONDS = 30
_EACH = 60


def scenario(env):
    env.watch("example.org")
    proxy = env.proxy(env.database.server.port)
    process = env.start(POSTGRES_DSN=env.database.dsn_through(proxy.port), WATCH_REFRESH_INTERVAL_S=1)
    count = 0
    for what, away, back in [
        ("nothing", lambda: None, lambda: None),
        ("silent", proxy.freeze, proxy.thaw),
        ("cut off at every connection", proxy.cut, lambda: None),
    ]:
        away()
        read = process.metric("certwatch_ct_messages_total")
        env.feed.send(*(Certificate(f"host-{count + number}.example.org").message() for number in range(_EACH)))
        count += _EACH
        process.wait_metric("certwatch_ct_messages_total", equals=read + _EACH, timeout=15)
        if back is proxy.thaw:
            time.sleep(8)
            assert process.healthz()[0] == 200, what
        back()
        env.wait_settled(count, timeout=120)
        process.wait_metric("certwatch_store_up", equals=1)
        process.wait_ready()
    env.nothing_more(count)
    assert process.metric("certwatch_match_queue_depth") == 0

    # Asked to end while a connection gets no answer.
    proxy.freeze()
    accepted = proxy.accepted
    process = env.launch(POSTGRES_DSN=env.database.dsn_through(proxy.port))
    process.wait_alive()
    waiting.until(lambda: proxy.accepted > accepted, "a connection to the database")
    begun = time.monotonic()
    assert process.terminate() == 0
    took = time.monotonic() - begun
    assert took < (15 if certwatch.sanitized() else 6), f"{took:.1f} s"
    proxy.thaw()
