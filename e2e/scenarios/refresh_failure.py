"""A refresh that fails keeps the last good list, says so, and does not end the service."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, WATCH_REFRESH_INTERVAL_S=0.5)
    errors = process.metric("certwatch_store_errors_total")
    env.database.execute("ALTER TABLE public.intent_current RENAME TO hidden")
    process.wait_metric("certwatch_store_errors_total", at_least=errors + 2)
    process.wait_log("watch")
    assert process.metric("certwatch_watch_entries") == 1
    assert process.healthz()[0] == 200
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1, "severity = 'suspicious'")
    env.database.execute("ALTER TABLE public.hidden RENAME TO intent_current")
    env.watch("example.net")
    process.wait_metric("certwatch_watch_entries", equals=2)
    env.feed.send(Certificate("www.example.net").message())
    env.wait_alerts(2, "severity = 'suspicious'")
    process.wait_ready()
