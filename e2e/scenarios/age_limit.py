"""What could not be delivered within WEBHOOK_REDELIVERY_MAX_AGE_S is given up: counted, logged, on record."""

from e2e.harness.messages import Certificate

SECONDS = 20


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_REDELIVERY_INTERVAL_S=1, WEBHOOK_REDELIVERY_MAX_AGE_S=3, LOG_LEVEL="INFO")
    env.webhook.default = 500
    env.feed.send(Certificate("www.example.org").message())
    process.wait_metric("certwatch_deliveries_abandoned_total", equals=1, timeout=120)
    (delivery,) = env.deliveries()
    assert delivery["abandoned_at"] is not None and delivery["delivered_at"] is None
    assert env.alerts()[0]["delivered"] is False
    process.wait_log("given up|giving up|abandon")
    env.webhook.default = 200
    env.nothing_more(len(env.webhook.requests), seconds=5)
    assert process.metric("certwatch_deliveries_due") == 0
    # The limit counts from each verdict: a later alert has its own time.
    env.feed.send(Certificate("later.example.org").message())
    env.wait_alerts(1, "delivered")
