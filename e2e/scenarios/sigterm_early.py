"""SIGTERM while something is waited for - the database, the feed, a handshake, the webhook's name - ends it as well."""

import time

from e2e.harness import certwatch, feed, waiting
from e2e.harness.messages import Certificate

SECONDS = 30


def scenario(env):
    env.watch("example.org")
    limit = 15 if certwatch.sanitized() else 6

    def ends(process, what, code=0):
        begun = time.monotonic()
        process.expected_exit = code
        found = process.terminate()
        took = time.monotonic() - begun
        assert found == code, f"{what}: exit code {found}"
        assert took < limit, f"{what}: {took:.1f} s"

    outage = env.outage()
    outage.begin()
    process = env.launch(**outage.variables)
    process.wait_alive()
    ends(process, "the database is away")
    outage.end()

    silent = env.another_feed()
    silent.behaviour = feed.SILENT_HANDSHAKE
    refused = env.another_feed()
    refused.refuse()
    process = env.launch(CERTSTREAM_URL=f"{silent.url},{refused.url}", WEBHOOK_URL=None)
    process.wait_alive()
    waiting.until(lambda: silent.attempts, "a connection to the silent feed")
    ends(process, "the feeds say nothing")

    process = env.start(WEBHOOK_URL="http://certwatch-test.invalid/hook", SUSPICIOUS_GRACE_S=0)
    env.feed.send(Certificate("www.example.org").message())
    process.wait_metric("certwatch_webhook_total", result="failure", at_least=1)
    ends(process, "between attempts")
    (delivery,) = env.deliveries()
    assert delivery["delivered_at"] is None and delivery["due_at"] is not None
