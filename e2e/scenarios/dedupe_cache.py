"""The memory of what was seen is bounded; what it has forgotten, the database remembers."""

from e2e.harness.messages import Certificate

SECONDS = 20
_COUNT = 2300


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, SUSPICIOUS_GRACE_S=0, LOG_LEVEL="WARNING")
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.feed.send(*(certificate.message(lite=True) for certificate in certificates))
    env.wait_alerts(_COUNT, "severity = 'suspicious'", timeout=120)
    process.wait_metric("certwatch_dedupe_cache_size", equals=2048)
    env.feed.send(certificates[0].message(lite=True), certificates[-1].message(lite=True))
    process.wait_metric("certwatch_repeats_total", equals=2)
    assert len(env.alerts()) == _COUNT
    assert process.metric("certwatch_dedupe_cache_size") == 2048
