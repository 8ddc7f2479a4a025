"""Old alerts are deleted, those of the Python service too; never what is pending or still to be delivered."""

import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate, random_fingerprint

SECONDS = 15
_OLD = 10 * 86400


def scenario(env):
    env.watch("example.org")
    env.webhook.default = 500
    process = env.start(SUSPICIOUS_GRACE_S=0)
    due = Certificate("due.example.org")
    env.feed.send(due.message())
    env.webhook.wait_for(1)
    env.webhook.default = 200
    env.webhook.script = []
    env.wait_alerts(1, "delivered")
    delivered, young = Certificate("delivered.example.org"), Certificate("young.example.org")
    env.feed.send(delivered.message(), young.message())
    env.wait_settled(3)
    env.webhook.default = 500
    undelivered = Certificate("undelivered.example.org")
    env.feed.send(undelivered.message())
    env.wait_deliveries(1, "delivered_at IS NULL AND attempts >= 1")
    assert process.terminate() == 0

    process = env.start_again(process, SUSPICIOUS_GRACE_S=600)
    pending = Certificate("pending.example.org")
    env.feed.send(pending.message())
    env.wait_alerts(1, "severity = 'pending'")
    assert process.terminate() == 0

    # Everything but `young` becomes old.
    others = f"fingerprint <> '{young.fingerprint()}'"
    env.database.let_pass(_OLD, "recorded_at", where=others)
    env.database.execute(f"UPDATE public.alerts SET seen_at = seen_at - {_OLD} WHERE {others}")
    now = int(time.time())
    common = {"sans": ["www.example.org"], "matched": ["example.org"], "issuer": "x", "severity": "suspicious"}
    python = {name: random_fingerprint() for name in ("old delivered", "old undelivered", "young")}
    env.database.insert(
        "alerts",
        {**common, "fingerprint": python["old delivered"], "seen_at": now - _OLD, "delivered": True},
        {**common, "fingerprint": python["old undelivered"], "seen_at": now - _OLD, "delivered": False},
        {**common, "fingerprint": python["young"], "seen_at": now - 60, "delivered": False},
    )
    requests = len(env.webhook.requests)
    process = env.start_again(
        process, SUSPICIOUS_GRACE_S=600, CLEANUP_INTERVAL_S=0.5, ALERT_RETENTION_S=86400
    )
    kept = {young.fingerprint(), undelivered.fingerprint(), pending.fingerprint(), python["young"]}

    def fingerprints():
        return {row["fingerprint"] for row in env.alerts()}

    waiting.until(lambda: fingerprints() == kept, lambda: f"only {kept} are kept: {fingerprints()}")
    waiting.stays(lambda: fingerprints() == kept, "the rest is kept", seconds=2)
    numbers = {row["id"] for row in env.alerts()}
    assert {row["alert"] for row in env.deliveries()} <= numbers, "a delivery without its alert"
    # Once delivered, it may go.
    env.webhook.default = 200
    kept.discard(undelivered.fingerprint())
    waiting.until(lambda: fingerprints() == kept, lambda: f"only {kept} are kept: {fingerprints()}", timeout=120)
    assert {payload["fingerprint_sha1"] for payload in env.webhook.payloads()[requests:]} == {undelivered.fingerprint()}
