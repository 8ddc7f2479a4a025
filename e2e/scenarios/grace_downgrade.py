"""A certificate that turns up in the inventory within the grace window was ours all along: info, and only info."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=8)
    certificate, stranger = Certificate("www.example.org"), Certificate("evil.example.org")
    env.feed.send(certificate.message(), stranger.message())
    env.wait_alerts(2, "severity = 'pending'")
    assert env.webhook.requests == []
    process.wait_metric("certwatch_alerts_pending", equals=2)
    env.own(certificate)
    env.webhook.wait_for(2)
    env.wait_settled(2)
    verdicts = {payload["fingerprint_sha1"]: payload["severity"] for payload in env.webhook.payloads()}
    assert verdicts == {certificate.fingerprint(): "info", stranger.fingerprint(): "suspicious"}
    env.nothing_more(2)
    process.wait_metric("certwatch_alerts_pending", equals=0)
    (row,) = env.alerts("severity = 'info'")
    assert row["known_by"] == "fingerprint" and row["decided_at"] is not None
