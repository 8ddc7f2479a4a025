"""kill -9 in the grace window: after a restart the verdict falls and is delivered, once, with the id of the row."""

from e2e.harness.messages import Certificate

SECONDS = 15


def scenario(env):
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=6)
    foreign, ours = Certificate("foreign.example.org"), Certificate("ours.example.org")
    env.feed.send(foreign.message(), ours.message())
    rows = env.wait_alerts(2, "severity = 'pending'")
    process.kill9()
    assert env.webhook.requests == []
    env.own(ours)
    env.start_again(process, feeds=[])
    env.wait_settled(2)
    env.nothing_more(2)
    sent = {payload["fingerprint_sha1"]: payload for payload in env.webhook.payloads()}
    assert sent[foreign.fingerprint()]["severity"] == "suspicious"
    assert sent[ours.fingerprint()]["severity"] == "info"
    assert {payload["id"] for payload in sent.values()} == {row["event_id"] for row in rows}
    assert sent[foreign.fingerprint()]["all_sans"] == foreign.names
    assert sent[foreign.fingerprint()]["cert_link"], "the payload did not survive whole"
