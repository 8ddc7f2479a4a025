"""A lock on certs for ten seconds: the stream is read on, alerts wait as pending, and are told once it is gone."""

import contextlib
import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "locks on single tables"
SECONDS = 25


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=2)
    ours = [Certificate(f"ours-{number}.example.org") for number in range(20)]
    foreign = [Certificate(f"foreign-{number}.example.org") for number in range(20)]
    env.own(*ours)
    with contextlib.closing(env.database.session()) as holder:
        holder.run("BEGIN")
        holder.run("LOCK TABLE public.certs IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        env.feed.send(*(certificate.message() for certificate in ours + foreign))
        env.wait_alerts(40, "severity = 'pending'")
        env.feed.send(*(Certificate("www.example.com").message() for _ in range(500)))
        process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=540)
        waiting.until(lambda: time.monotonic() - begun > 10, "ten seconds of lock")
        assert env.webhook.requests == [], "a verdict without an inventory"
        assert process.healthz()[0] == 200
        holder.run("COMMIT")
    rows = env.wait_settled(40)
    verdicts = {row["fingerprint"]: row["severity"] for row in rows}
    assert all(verdicts[certificate.fingerprint()] == "info" for certificate in ours)
    assert all(verdicts[certificate.fingerprint()] == "suspicious" for certificate in foreign)
    env.nothing_more(40)
