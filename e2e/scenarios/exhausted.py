"""Without redelivery three failed attempts are the end: counted, logged, on record as undelivered."""

from e2e.harness.messages import Certificate

SECONDS = 30


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_REDELIVERY_INTERVAL_S=0)
    env.webhook.default = 500
    env.feed.send(Certificate("www.example.org").message())
    env.webhook.wait_for(3)
    process.wait_metric("certwatch_deliveries_abandoned_total", equals=1)
    (delivery,) = env.wait_deliveries(1, "abandoned_at IS NOT NULL")
    assert delivery["delivered_at"] is None and delivery["attempts"] == 3
    assert delivery["last_error"]
    assert env.alerts()[0]["delivered"] is False
    env.webhook.default = 200
    env.nothing_more(3, seconds=19)  # a fourth would come after 16 s
    assert process.metric("certwatch_deliveries_due") == 0
    # Not after a restart either.
    assert process.terminate() == 0
    env.start_again(process)
    env.barrier()
    env.webhook.wait_for(4)
    env.nothing_more(4)
