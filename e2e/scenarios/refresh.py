"""The watch list follows the database: new entries, removed entries; at once where SIGHUP asks for it."""

import signal

from e2e.harness import waiting
from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org", "stays.example")
    process = env.start(WEBHOOK_URL=None, WATCH_REFRESH_INTERVAL_S=0.5)
    first = process.metric("certwatch_watch_refreshed_timestamp_seconds")
    assert first > 0
    env.feed.send(Certificate("early.example.net").message())
    env.barrier(domain="stays.example")
    env.watch("example.net")
    process.wait_metric("certwatch_watch_entries", equals=3)
    late = Certificate("late.example.net")
    env.feed.send(late.message())
    env.wait_alerts(1, f"fingerprint = '{late.fingerprint()}'")
    env.database.execute("DELETE FROM public.intent_current WHERE fqdn = 'example.org'")
    process.wait_metric("certwatch_watch_entries", equals=2)
    env.feed.send(Certificate("www.example.org").message())
    env.barrier(domain="stays.example")
    assert len(env.alerts("matched <> '[\"stays.example\"]'")) == 1
    waiting.until(
        lambda: process.metric("certwatch_watch_refreshed_timestamp_seconds") > first, "the time of refresh moves on"
    )
    assert process.terminate() == 0

    process = env.start(WEBHOOK_URL=None, WATCH_REFRESH_INTERVAL_S=86400)
    assert process.metric("certwatch_watch_entries") == 2
    for number in range(3, 6):
        env.watch(f"{number}.example.net")
        process.signal(signal.SIGHUP)
        process.wait_metric("certwatch_watch_entries", equals=number)
    process.wait_log(r"asked to read the watch list at once signal=SIGHUP")
    assert process.terminate() == 0
