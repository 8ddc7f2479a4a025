"""A failed delivery is tried again after one second and after four more, with the same body and id."""

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer


def scenario(env):
    env.watch("example.org")
    process = env.start()
    env.webhook.script = [500, Answer(reset=True), 204]
    env.feed.send(Certificate("www.example.org").message())
    first, second, third = env.webhook.wait_for(3)
    assert first.body == second.body == third.body
    assert first.json["id"]
    # Counted from the end of the attempt before, and a busy machine may only make it later.
    assert 0.9 <= second.at - first.at <= 15, second.at - first.at
    assert 3.9 <= third.at - second.at <= 20, third.at - second.at
    env.wait_settled(1)
    (delivery,) = env.deliveries()
    assert delivery["attempts"] == 3 and delivery["delivered_at"] is not None
    env.nothing_more(3)
    assert process.metric("certwatch_webhook_total", result="failure") == 2
    assert process.metric("certwatch_webhook_total", result="success") == 1
    assert process.metric("certwatch_webhook_duration_seconds_count") == 3
    buckets = process.metrics().labels("certwatch_webhook_duration_seconds_bucket", "le")
    assert {float(bucket) for bucket in buckets} == {0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, float("inf")}
