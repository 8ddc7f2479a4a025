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
    sender = env.start(feeds=[quiet], CERTSTREAM_URL=quiet.url)
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.own(*certificates[: _COUNT // 2])
    env.feed.send(*(certificate.message() for certificate in certificates))
    env.wait_alerts(_COUNT, "delivered")
    assert observer.metric("certwatch_alerts_total", severity="info") == _COUNT // 2 + 1
    assert observer.metric("certwatch_webhook_total") == 0
    sender.wait_log("judged by a process without WEBHOOK_URL")
    expected = {certificate.fingerprint() for certificate in certificates}

    def events(resolutions):
        return [one for one in env.webhook.payloads() if ("resolves" in one) == resolutions]

    assert {one["fingerprint_sha1"] for one in events(False)} == expected

    # Whoever of them finds out that the rest is ours, too.
    env.own(*certificates[_COUNT // 2 :])
    rest = _COUNT - _COUNT // 2
    env.wait_alerts(rest, "resolution_delivered_at IS NOT NULL")
    assert len({one["resolves"] for one in events(True)}) == rest

    # Neither of them sends what was judged before it could be sent.
    env.nothing_more(_COUNT + rest, seconds=5)
    (row,) = env.alerts(f"fingerprint = '{before.fingerprint()}'")
    assert row["delivered"] is False and row["due_at"] is None
