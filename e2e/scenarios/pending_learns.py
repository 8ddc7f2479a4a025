"""A pending precertificate whose certificate turns up in feed and inventory is ours, by the certificate's fingerprint."""

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 15


def scenario(env):
    env.watch("example.org")
    env.start(SUSPICIOUS_GRACE_S=8)
    certificate, stranger = Certificate("www.example.org"), Certificate("evil.example.org")
    env.feed.send(certificate.message("precertificate"), stranger.message("precertificate"))
    env.wait_alerts(2, "severity = 'pending'")
    env.feed.send(certificate.message(), stranger.message())
    # Upstream stores no serial here: only the certificate's own fingerprint can tell.
    env.own(certificate, serial=None)
    rows = env.wait_settled(2)
    env.nothing_more(2)
    verdicts = {payload["all_sans"][0]: payload for payload in env.webhook.payloads()}
    assert verdicts["www.example.org"]["severity"] == "info"
    assert verdicts["www.example.org"]["known_by"] == "fingerprint"
    assert verdicts["evil.example.org"]["severity"] == "suspicious"
    for row, one in zip(rows, (certificate, stranger)):
        waiting.until(
            lambda: {one.fingerprint(), one.fingerprint("precertificate")}
            <= set(env.alerts(f"id = {row['id']}")[0]["fingerprints"]),
            f"both fingerprints on record: {row['fingerprints']}",
        )
