"""After three failed attempts a fourth comes after 16 seconds, and from then on one every interval."""

from e2e.harness.messages import Certificate

SECONDS = 40


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_REDELIVERY_INTERVAL_S=3)
    env.webhook.script = [500] * 6
    env.feed.send(Certificate("www.example.org").message())
    requests = env.webhook.wait_for(7, timeout=150)
    gaps = [later.at - earlier.at for earlier, later in zip(requests, requests[1:])]
    for gap, least in zip(gaps, (0.9, 3.9, 14, 2.6, 2.6, 2.6)):  # with 10 % jitter from the fourth on
        assert least <= gap <= least + 15, gaps
    assert len({request.body for request in requests}) == 1
    env.wait_settled(1)
    (delivery,) = env.deliveries()
    assert delivery["attempts"] == 7
    env.nothing_more(7)
    assert process.metric("certwatch_webhook_total", result="failure") == 6
    assert process.metric("certwatch_deliveries_abandoned_total") == 0
