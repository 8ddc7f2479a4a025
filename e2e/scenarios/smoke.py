"""Three messages: a certificate nobody knows, one of ours, one of somebody else's domain."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org", "example.net")
    unknown, ours, unwatched = Certificate("www.example.org"), Certificate("shop.example.net"), Certificate("example.com")
    env.own(ours)
    process = env.start()
    message = unknown.message()
    env.feed.send(message, ours.message(), unwatched.message())

    env.webhook.wait_for(2)
    by_severity = {payload["severity"]: payload for payload in env.webhook.payloads()}
    assert by_severity["suspicious"]["fingerprint_sha1"] == unknown.fingerprint()
    assert by_severity["suspicious"]["matched_entries"] == ["example.org"]
    assert by_severity["info"]["fingerprint_sha1"] == ours.fingerprint()
    assert by_severity["info"]["known_by"] == "fingerprint"

    rows = {row["severity"]: row for row in env.wait_settled(2)}
    row = rows["suspicious"]
    assert row["fingerprint"] == unknown.fingerprint()
    assert row["sans"] == ["www.example.org"]
    assert row["matched"] == ["example.org"]
    assert row["issuer"] == message["data"]["leaf_cert"]["issuer"]["aggregated"]
    assert row["seen_at"] == int(message["data"]["seen"])
    assert row["delivered"] is True
    assert rows["info"]["fingerprint"] == ours.fingerprint()

    env.nothing_more(2)
    metrics = process.metrics()
    assert metrics.value("certwatch_ct_messages_total", type="certificate_update") == 3
    assert metrics.value("certwatch_alerts_total", severity="info") == 1
    assert metrics.value("certwatch_alerts_total", severity="suspicious") == 1
    assert metrics.value("certwatch_webhook_total", result="success") == 2
    assert metrics.value("certwatch_webhook_total", result="failure") == 0
    assert metrics.value("certwatch_matches_total") == 2
    assert metrics.value("certwatch_watch_entries") == 2
    assert metrics.value("certwatch_ws_connected") == 1
    assert metrics.value("certwatch_feed_connected", feed=env.feed.name) == 1
    assert metrics.value("certwatch_feed_bytes_total", feed=env.feed.name) > 3000
    assert metrics.value("certwatch_alerts_pending") == 0
    assert metrics.value("certwatch_deliveries_due") == 0
