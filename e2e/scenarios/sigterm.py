"""SIGTERM and SIGINT: exit code 0 within five seconds whatever is going on, and nothing is lost."""

import signal
import time

from e2e.harness import certwatch
from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 30
_COUNT = 300


def scenario(env):
    env.watch("example.org")
    limit = 15 if certwatch.sanitized() else 6
    env.webhook.default = Answer(hang=True)
    process = env.start()
    # All at once: matches to be judged, verdicts pending, deliveries under way and waiting.
    ours = [Certificate("ours.example.org") for _ in range(20)]
    env.own(*ours)
    env.feed.send(*(certificate.message() for certificate in ours))
    env.webhook.wait_for(3)
    foreign = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.feed.send(*(certificate.message() for certificate in foreign))
    process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=_COUNT + len(ours))
    begun = time.monotonic()
    process.signal(signal.SIGTERM)
    assert process.wait_exit() == 0
    took = time.monotonic() - begun
    assert took < limit, f"{took:.1f} s"
    rows = env.alerts()
    assert {row["fingerprint"] for row in rows} == {one.fingerprint() for one in ours + foreign}

    env.webhook.default = 200
    before = len(env.webhook.requests)
    process = env.start_again(process)
    env.wait_settled(_COUNT + len(ours), timeout=120)
    delivered = {payload["fingerprint_sha1"] for payload in env.webhook.payloads()[before:]}
    assert delivered == {one.fingerprint() for one in ours + foreign}
    process.signal(signal.SIGINT)
    assert process.wait_exit() == 0
    assert len(env.webhook.requests) == before + _COUNT + len(ours)
