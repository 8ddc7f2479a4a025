"""200 alerts at once and a webhook that takes a second for each: delivered within a minute, over at most 8 connections."""

import time

from e2e.harness import certwatch
from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 45
_COUNT = 200


def scenario(env):
    env.watch("example.org")
    env.webhook.default = Answer(200, delay=1)
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.own(*certificates)
    env.start()
    begun = time.monotonic()
    env.feed.send(*(certificate.message() for certificate in certificates))
    env.webhook.wait_answered(_COUNT, timeout=150)
    took = time.monotonic() - begun
    env.wait_settled(_COUNT)
    assert took < (150 if certwatch.sanitized() else 60), f"{took:.0f} s"
    assert env.webhook.most_connections <= 8, f"{env.webhook.most_connections} connections at once"
    assert env.webhook.most_in_progress >= 2, "one after the other"
    assert len({payload["id"] for payload in env.webhook.payloads()}) == _COUNT
    assert len(env.webhook.requests) == _COUNT
