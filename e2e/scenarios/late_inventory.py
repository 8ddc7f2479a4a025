"""A suspicious certificate turns up in the inventory later: the row says so, and one more event resolves the alert."""

import uuid

from e2e.harness.messages import Certificate

SECONDS = 60
TIME_LIMIT = 400


def scenario(env):
    env.watch("example.org")
    process = env.start()
    certificate, precertificate, stranger = (Certificate(f"{name}.example.org") for name in ("final", "pre", "evil"))
    env.feed.send(certificate.message(), precertificate.message("precertificate"), stranger.message())
    env.wait_settled(3)
    env.webhook.wait_for(3)
    alerts = {payload["all_sans"][0]: payload for payload in env.webhook.payloads()}
    assert {payload["severity"] for payload in alerts.values()} == {"suspicious"}
    env.webhook.script = [500]  # a resolution is delivered as stubbornly as an alert
    env.own(certificate)
    env.own(precertificate)
    # The certificate of the precertificate comes too, so that its own fingerprint is known.
    env.feed.send(precertificate.message())
    requests = env.webhook.wait_for(6, timeout=200)[3:]
    events = {request.json["id"]: request.json for request in requests}
    assert len(events) == 2, events
    by_name = {payload["all_sans"][0]: payload for payload in events.values()}
    for name, one in (("final.example.org", certificate), ("pre.example.org", precertificate)):
        event, alert = by_name[name], alerts[name]
        uuid.UUID(event["id"])
        assert event["id"] != alert["id"]
        assert event["resolves"] == alert["id"]
        assert event["severity"] == "info" and event["known_by"] in ("fingerprint", "serial", "tbs")
        for key in ("fingerprint_sha1", "all_sans", "matched_entries", "serial", "not_after", "seen_at"):
            assert event[key] == alert[key], key
        env.wait_deliveries(1, f"event_id = '{event['id']}' AND delivered_at IS NOT NULL")
        (row,) = env.alerts(f"event_id = '{alert['id']}'")
        assert row["severity"] == "suspicious" and row["delivered"] is True
        assert row["known_by"] == event["known_by"] and row["resolved_at"] is not None
        told = {one["kind"]: one["event_id"] for one in env.deliveries(f"alert = {row['id']}")}
        assert told == {"verdict": alert["id"], "resolution": event["id"]}
        assert row["sans"] == one.names
    env.nothing_more(6, seconds=5)
    (row,) = env.alerts(f"fingerprint = '{stranger.fingerprint()}'")
    assert row["resolved_at"] is None
    # A repeat after that, and a restart, bring nothing new.
    assert process.terminate() == 0
    env.start_again(process)
    env.feed.send(certificate.message(), certificate.message("precertificate"))
    env.barrier()
    env.webhook.wait_for(7)
    env.nothing_more(7)
