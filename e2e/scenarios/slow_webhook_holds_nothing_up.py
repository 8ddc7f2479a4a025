"""While every webhook request hangs, the stream is read and recorded as ever."""

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 15


def scenario(env):
    env.watch("example.org")
    env.webhook.default = Answer(hang=True)
    process = env.start(SUSPICIOUS_GRACE_S=0, WEBHOOK_TIMEOUT_S=30)
    env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(50)))
    env.webhook.wait_for(2)
    env.feed.send(*(Certificate(f"more-{number}.example.org").message() for number in range(200)))
    env.feed.send(*(Certificate(f"host-{number}.example.com").message() for number in range(2000)))
    env.wait_alerts(250, "severity = 'suspicious'", timeout=25)
    process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=2250)
    # The record's figures are read now and then, not with every row.
    process.wait_metric("certwatch_deliveries_due", at_least=240)
    process.wait_metric("certwatch_oldest_delivery_age_seconds", at_least=1)
