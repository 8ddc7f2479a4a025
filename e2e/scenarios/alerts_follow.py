"""`alerts --follow` shows verdicts when they fall and resolutions, each once, also what was committed out of order."""

import datetime
import json
import time
import uuid

from e2e.harness.messages import Certificate, random_fingerprint
from e2e.scenarios.commands import Commands

SECONDS = 20


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=3)
    commands = Commands(process.settings)
    ours, foreign = Certificate("ours.example.org"), Certificate("foreign.example.org")
    following = commands.follow("alerts", "--follow", "--json")
    try:

        def next_one():
            return json.loads(following.stdout.readline())

        # What is pending is no news: the verdict is.
        env.feed.send(foreign.message())
        env.wait_alerts(1, "severity = 'pending'")
        env.own(ours)
        env.feed.send(ours.message())
        shown = next_one()
        assert (shown["fingerprint"], shown["severity"]) == (ours.fingerprint(), "info")
        shown = next_one()
        assert (shown["fingerprint"], shown["severity"]) == (foreign.fingerprint(), "suspicious")
        assert (shown["kind"], shown["importance"], shown["resolved"]) == ("issuance", "critical", False)
        number = shown["id"]

        env.own(foreign)
        shown = next_one()
        assert (shown["id"], shown["severity"], shown["resolved"]) == (number, "suspicious", True)

        # Another process judged it before all of these, and its transaction ends only now.
        late = random_fingerprint()
        _insert(env, late, seconds_ago=20)
        assert next_one()["fingerprint"] == late
        last = env.barrier()
        assert next_one()["fingerprint"] == last.fingerprint()
    finally:
        following.terminate()
        following.wait()
    assert following.stdout.read() == "", "something is shown twice"

    # With --since only what was judged then or later; of one severity only.
    judged = {row["fingerprint"] for row in env.alerts("severity = 'info'")}
    following = commands.follow("alerts", "--follow", "--json", "--since", "1h", "--severity", "info")
    try:
        assert {json.loads(following.stdout.readline())["fingerprint"] for _ in judged} == judged
    finally:
        following.terminate()
        following.wait()
    commands.run("alerts", "--follow", "--severity", "pending", code=2)


def _insert(env, fingerprint, seconds_ago):
    at = time.time() - seconds_ago
    if hasattr(env.database, "owner_dsn"):
        at = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat()
    env.database.insert("alerts", {
        "fingerprint": fingerprint, "sans": ["late.example.org"], "matched": ["example.org"], "issuer": "x",
        "seen_at": int(time.time()), "severity": "suspicious", "reason": "unknown", "event_id": str(uuid.uuid4()),
        "recorded_at": at, "decide_at": at, "decided_at": at,
    })
