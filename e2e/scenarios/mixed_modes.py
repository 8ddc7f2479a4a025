"""A replica without a webhook beside one that has one: whoever gives the verdict, everything is delivered, once."""

from e2e.harness.messages import Certificate

SECONDS = 25
_COUNT = 30


def scenario(env):
    env.watch("example.org")
    observer = env.start(WEBHOOK_URL=None)
    before = Certificate("before.example.org")
    env.own(before)
    env.feed.send(before.message())
    env.wait_alerts(1, "severity = 'info'")

    # It has a feed of its own, which brings nothing: every match is the observer's.
    quiet = env.another_feed()
    env.start(feeds=[quiet], CERTSTREAM_URL=quiet.url)
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.own(*certificates[: _COUNT // 2])
    env.feed.send(*(certificate.message() for certificate in certificates))
    env.wait_alerts(_COUNT, "delivered")
    assert observer.metric("certwatch_alerts_total", severity="info") == _COUNT // 2 + 1
    assert observer.metric("certwatch_webhook_total") == 0
    expected = {certificate.fingerprint() for certificate in certificates}

    def events(resolutions):
        return [one for one in env.webhook.payloads() if ("resolves" in one) == resolutions]

    assert {one["fingerprint_sha1"] for one in events(False)} == expected

    # Whoever of them finds out that the rest is ours, too.
    env.own(*certificates[_COUNT // 2 :])
    rest = _COUNT - _COUNT // 2
    env.wait_deliveries(rest, "kind = 'resolution' AND delivered_at IS NOT NULL")
    assert len({one["resolves"] for one in events(True)}) == rest

    # What was judged before anybody could be told has no delivery.
    env.nothing_more(_COUNT + rest, seconds=5)
    (row,) = env.alerts(f"fingerprint = '{before.fingerprint()}'")
    assert row["delivered"] is False and env.deliveries(f"alert = {row['id']}") == []
    assert {one["destination"] for one in env.deliveries()} == {"webhook"}

    # The one that sends goes; what is judged meanwhile waits for the next one.
    sender = env.processes[-1]
    assert sender.terminate() == 0
    late = Certificate("late.example.org")
    env.own(late)
    env.feed.send(late.message())
    (row,) = env.wait_alerts(1, f"fingerprint = '{late.fingerprint()}' AND severity = 'info'")
    assert env.wait_deliveries(1, f"alert = {row['id']}")[0]["delivered_at"] is None
    env.start_again(sender, feeds=[quiet])
    env.wait_deliveries(1, f"alert = {row['id']} AND delivered_at IS NOT NULL")
    env.nothing_more(_COUNT + rest + 1)
