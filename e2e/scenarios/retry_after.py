"""A receiver's Retry-After is honoured, in seconds and as a date, up to ten minutes."""

import email.utils
import time

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

NOT_OF_THE_STORE = "what a receiver answers"
SECONDS = 25


def scenario(env):
    env.watch("example.org")
    process = env.start()
    env.webhook.script = [Answer(429, {"Retry-After": "7"})]
    env.feed.send(Certificate("www.example.org").message())
    first, second = env.webhook.wait_for(2)
    assert second.at - first.at >= 6.5, second.at - first.at
    env.wait_settled(1)

    date = email.utils.formatdate(time.time() + 9, usegmt=True)
    env.webhook.script = [Answer(503, {"Retry-After": date})]
    env.feed.send(Certificate("www.example.org").message())
    first, second = env.webhook.wait_for(4)[2:]
    assert second.at - first.at >= 6, second.at - first.at
    env.wait_settled(2)

    for far in ("86400", "99999999999999999999", email.utils.formatdate(time.time() + 10**7, usegmt=True)):
        env.webhook.script = [Answer(503, {"Retry-After": far})]
        certificate = Certificate("www.example.org")
        env.feed.send(certificate.message())
        (row,) = env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}'")
        where = f"alert = {row['id']} AND attempts = 1 AND last_error <> ''"
        env.wait_deliveries(1, where)
        wait = env.database.seconds_until("due_at", where, table="alert_deliveries")
        assert 60 <= wait <= 700, f"Retry-After: {far}: due in {wait} s"
    # Nonsense is passed over.
    for nonsense in ("-5", "soon", "", "\x01", "Mon, 99 Foo 2024 99:99:99 GMT"):
        before = len(env.webhook.requests)
        env.webhook.script = [Answer(503, {"Retry-After": nonsense})]
        env.feed.send(Certificate("www.example.org").message())
        env.webhook.wait_for(before + 2, timeout=20)
    process.wait_metric("certwatch_deliveries_due", equals=3)
