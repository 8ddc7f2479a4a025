"""A watch list that cannot be refreshed any more is told by /readyz, while the old one goes on."""

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 30


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, WATCH_REFRESH_INTERVAL_S=0.5)
    process.wait_ready()
    env.database.hide("intent_current")
    process.wait_unready()
    refreshed = process.metric("certwatch_watch_refreshed_timestamp_seconds")
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1)
    assert process.healthz()[0] == 200
    env.database.show("intent_current")
    process.wait_ready()
    waiting.until(
        lambda: process.metric("certwatch_watch_refreshed_timestamp_seconds") > refreshed, "the time of refresh moves on"
    )
