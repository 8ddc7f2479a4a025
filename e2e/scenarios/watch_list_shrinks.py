"""A watch list that shrinks by more than half or becomes empty is applied, and loudly told: log, metric, /readyz."""

import re

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 15


def scenario(env):
    env.watch(*(f"example-{number}.org" for number in range(10)))
    process = env.start(WEBHOOK_URL=None, WATCH_REFRESH_INTERVAL_S=0.5, LOG_LEVEL="INFO")
    process.wait_ready()
    assert process.metric("certwatch_watch_entries") == 10

    def warnings():
        return [line for line in process.log.splitlines()
                if re.search(r"warn|error|crit", line, re.IGNORECASE) and re.search("watch", line, re.IGNORECASE)]

    env.database.execute("DELETE FROM public.intent_current WHERE fqdn = 'example-9.org'")
    process.wait_metric("certwatch_watch_entries", equals=9)
    before = len(warnings())
    env.database.execute("DELETE FROM public.intent_current WHERE fqdn > 'example-2.org'")
    process.wait_metric("certwatch_watch_entries", equals=3)
    waiting.until(lambda: len(warnings()) > before, "a warning that the watch list has shrunk")
    env.feed.send(Certificate("www.example-5.org").message(), Certificate("www.example-1.org").message())
    env.wait_alerts(1)
    env.barrier(domain="example-1.org")
    assert len(env.alerts("severity <> 'info'")) == 1

    before = len(warnings())
    env.database.execute("DELETE FROM public.intent_current")
    process.wait_metric("certwatch_watch_entries", equals=0)
    waiting.until(lambda: len(warnings()) > before, "a warning that the watch list is empty")
    process.wait_unready()
    assert process.healthz()[0] == 200 and process.healthz()[1]["watch_entries"] == 0
    env.feed.send(Certificate("www.example-1.org").message())
    env.watch("example-1.org")
    process.wait_metric("certwatch_watch_entries", equals=1)
    process.wait_ready()
    env.barrier()
    assert len(env.alerts("severity <> 'info'")) == 1
