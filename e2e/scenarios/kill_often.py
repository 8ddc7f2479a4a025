"""Killed again and again under load: every alert on record is delivered, every repeat has the id of the first."""

import collections
import random
import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 60
_ROUNDS = 8
_EACH = 40


def scenario(env):
    env.watch("example.org")
    generator = random.Random(7)
    process = env.start(WEBHOOK_TIMEOUT_S=2, SUSPICIOUS_GRACE_S=1)
    certificates = []
    for _ in range(_ROUNDS):
        more = [Certificate(f"host-{generator.random()}.example.org") for _ in range(_EACH)]
        env.own(*more[: _EACH // 2])
        certificates += more
        env.feed.send(*(certificate.message() for certificate in more))
        time.sleep(generator.random())  # the moment of death is what is varied
        process.kill9()
        process = env.start_again(process)
    # The promise begins at the commit: what was read but not recorded when it died is lost with it, and sent again here.
    env.feed.send(*(certificate.message() for certificate in certificates))
    env.wait_settled(len(certificates), timeout=150)
    rows = {row["event_id"]: row for row in env.alerts()}
    waiting.until(lambda: {payload["id"] for payload in env.webhook.payloads()} >= set(rows), "every id was sent")
    bodies = collections.defaultdict(set)
    for request in env.webhook.requests:
        bodies[request.json["id"]].add(request.body)
    assert set(bodies) == set(rows)
    assert {one["event_id"] for one in env.deliveries("kind = 'verdict' AND delivered_at IS NOT NULL")} == set(rows)
    assert all(len(each) == 1 for each in bodies.values()), "one id with two bodies"
    expected = {one.fingerprint(): "info" if number % _EACH < _EACH // 2 else "suspicious"
                for number, one in enumerate(certificates)}
    assert {row["fingerprint"]: row["severity"] for row in rows.values()} == expected
