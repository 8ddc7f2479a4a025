"""Without a webhook alerts are recorded and logged, and a URL that is set later does not bring a flood."""

from e2e.harness.messages import Certificate

SECONDS = 10
_COUNT = 30


def scenario(env):
    env.watch("example.org")
    for url in (None, ""):
        process = env.start(WEBHOOK_URL=url, LOG_LEVEL="INFO")
        before = len(env.alerts())
        foreign = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
        ours = Certificate("ours.example.org")
        env.own(ours)
        env.feed.send(ours.message(), *(certificate.message() for certificate in foreign))
        rows = env.wait_alerts(before + _COUNT + 1, "severity <> 'pending'")
        assert not any(row["delivered"] for row in rows)
        assert env.deliveries() == []
        for certificate in foreign:
            assert certificate.names[0] in process.log, f"{certificate.names[0]} is not logged"
        assert process.metric("certwatch_deliveries_due") == 0
        assert process.metric("certwatch_webhook_total") == 0
        assert process.terminate() == 0
    total = len(env.alerts())
    # One more whose verdict is still pending when the observer ends.
    process = env.start_again(process, SUSPICIOUS_GRACE_S=600)
    env.feed.send(Certificate("pending.example.org").message())
    env.wait_alerts(1, "severity = 'pending'")
    assert process.terminate() == 0
    env.database.let_pass(600, "decide_at", where="severity = 'pending'")

    process = env.start_again(process, WEBHOOK_URL=env.webhook.url, SUSPICIOUS_GRACE_S=1)
    certificate = Certificate("new.example.org")
    env.feed.send(certificate.message())
    env.wait_alerts(total + 2, "severity <> 'pending'")
    env.wait_alerts(1, "delivered")
    env.webhook.wait_for(2)
    sent = {payload["fingerprint_sha1"] for payload in env.webhook.payloads()}
    assert certificate.fingerprint() in sent
    env.nothing_more(2)  # the new one, and the one that had no verdict before
