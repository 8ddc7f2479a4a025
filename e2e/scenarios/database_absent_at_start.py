"""A database that does not answer at start is waited for; the feed is not connected to before there is a watch list."""

import time

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    outage = env.outage()
    outage.begin()
    process = env.launch(**outage.variables, CERTSTREAM_URL=env.feed.url)
    process.wait_alive()
    status, _ = process.readyz()
    assert status == 503
    body = process.get("/readyz")[1]
    assert "database" in body, body
    assert process.metric("certwatch_store_up") == 0
    time.sleep(3)
    assert env.feed.attempts == [], "connected to the feed without a watch list"
    assert process.healthz()[1]["ok"] is True
    outage.end()
    env.feed.wait_for_client(1, timeout=30)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_settled(1)
    process.wait_ready()
    assert process.metric("certwatch_store_up") == 1
