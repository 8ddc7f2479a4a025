"""Messages with keys missing, null or odd: an alert all the same, with null (or 0) where nothing is known."""

from e2e.harness.messages import ABSENT, Certificate


def scenario(env):
    env.watch("example.org")
    process = env.start()

    def payload_of(change, **how):
        before = len(env.webhook.requests)
        env.feed.send(Certificate("www.example.org").message(change=change, **how))
        return env.webhook.wait_for(before + 1)[before].json

    payload = payload_of({"leaf_cert.issuer": ABSENT, "source": ABSENT, "cert_link": ABSENT, "update_type": ABSENT,
                          "seen": ABSENT, "cert_index": ABSENT})
    for key in ("issuer_o", "issuer_cn", "source_log", "source_url", "cert_link", "update_type"):
        assert payload[key] is None, f"{key}: {payload[key]!r}"
    assert payload["seen_at"] == 0

    payload = payload_of({"leaf_cert.issuer": None, "source": None, "cert_link": None, "update_type": None,
                          "seen": None, "leaf_cert.subject": None, "leaf_cert.extensions": None})
    for key in ("issuer_o", "issuer_cn", "source_log", "source_url", "cert_link", "update_type"):
        assert payload[key] is None, f"{key}: {payload[key]!r}"
    assert payload["seen_at"] == 0

    payload = payload_of({"leaf_cert.not_before": ABSENT, "leaf_cert.serial_number": ABSENT}, lite=True)
    assert payload["not_before"] is None and payload["lifetime_days"] is None and payload["serial"] is None
    assert isinstance(payload["not_after"], int)

    payload = payload_of({"leaf_cert.not_after": None}, lite=True)
    assert payload["not_after"] is None and payload["lifetime_days"] is None

    # CaliDog's Python server writes times as floats.
    payload = payload_of({"leaf_cert.not_before": 1700000000.5, "leaf_cert.not_after": 1700043200.5,
                          "seen": 1494498476.9850744}, lite=True)
    assert payload["not_before"] == 1700000000.5 and payload["not_after"] == 1700043200.5
    assert payload["lifetime_days"] == 0.5
    assert payload["seen_at"] == 1494498476

    for seen in (1e300, -1e300, 10**19):
        assert payload_of({"seen": seen})["seen_at"] == 0, f"seen {seen}"

    # No fingerprint: whatever identity is left.
    for value in (ABSENT, None, ""):
        payload = payload_of({"leaf_cert.fingerprint": value}, lite=True)
        assert payload["fingerprint_sha1"] == "", f"fingerprint {value!r}: {payload['fingerprint_sha1']!r}"

    # What has no identity at all is counted, warned of, and no alert.
    matches = process.metric("certwatch_matches_total")
    count = len(env.alerts())
    env.feed.send(
        Certificate("nothing.example.org").message(
            lite=True,
            change={"leaf_cert.fingerprint": ABSENT, "leaf_cert.serial_number": ABSENT, "source": ABSENT,
                    "cert_index": ABSENT, "leaf_cert.not_before": ABSENT, "leaf_cert.not_after": ABSENT,
                    "leaf_cert.issuer": ABSENT, "leaf_cert.sha1": ABSENT, "leaf_cert.sha256": ABSENT,
                    "cert_link": ABSENT},
        )
    )
    env.barrier()
    process.wait_metric("certwatch_matches_total", at_least=matches + 1)
    assert len(env.alerts()) == count + 1  # the barrier
    process.wait_log("nothing.example.org|no identity|without identity|identity")

    # The row's issuer is the first of three that is not empty.
    for issuer, expected in [
        ({"aggregated": "/O=a", "O": "b", "CN": "c"}, "/O=a"),
        ({"aggregated": "", "O": "b", "CN": "c"}, "b"),
        ({"aggregated": None, "O": None, "CN": "c"}, "c"),
        ({"O": "", "CN": ""}, None),
    ]:
        certificate = Certificate("www.example.org")
        env.feed.send(certificate.message(lite=True, change={"leaf_cert.issuer": issuer}))
        (row,) = env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}'")
        assert row["issuer"] == expected, f"{issuer}: {row['issuer']!r}"
