"""The webhook's body, key by key: values, types, order of lists."""

import uuid

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org", "shop.example.org", "example.net")
    env.start()
    # By code point: capitals before small letters, and what UTF-16 would put first, last.
    names = ["shop.example.org", "a.example.org", "Z.example.org", "a.example.org", "other.example.com",
             "\U0001f600.example.org", "～.example.org", "*.example.net"]
    certificate = Certificate(*names, not_after=None)
    message = certificate.message("precertificate", change={"seen": 1795177268.988})
    data, leaf = message["data"], message["data"]["leaf_cert"]
    env.feed.send(message)
    (request,) = env.webhook.wait_for(1)

    assert request.method == "POST"
    assert request.path == env.webhook.path
    assert request.headers["content-type"].split(";")[0] == "application/json"
    payload = request.json
    uuid.UUID(payload["id"])
    expected = {
        "id": payload["id"],
        "fingerprint_sha1": leaf["fingerprint"].replace(":", "").lower(),
        "kind": "issuance",
        "importance": "critical",
        "severity": "suspicious",
        "matched_entries": ["example.net", "example.org", "shop.example.org"],
        "matched_sans": ["*.example.net", "Z.example.org", "a.example.org", "shop.example.org", "～.example.org",
                         "\U0001f600.example.org"],
        "all_sans": names,
        "issuer_o": leaf["issuer"]["O"],
        "issuer_cn": leaf["issuer"]["CN"],
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "lifetime_days": 90.0,
        "source_log": data["source"]["name"],
        "cert_link": data["cert_link"],
        "serial": leaf["serial_number"],
        "update_type": "PrecertLogEntry",
        "seen_at": 1795177268,
        "known_by": None,
        "reason": "unknown",
        "fingerprint_sha256": certificate.sha256("precertificate"),
        "tbs_sha256": certificate.tbs_sha256,
        "spki_sha256": certificate.spki_sha256,
        "source_url": data["source"]["url"],
        "cert_index": data["cert_index"],
    }
    wrong = {key: (payload.get(key, "absent"), value) for key, value in expected.items()
             if key not in payload or payload[key] != value}
    assert not wrong, f"(is, should be): {wrong}"
    for key in ("resolves", "conflicts_with", "refutes", "claims_differ"):
        assert key not in payload, key
    for key in ("seen_at", "not_before", "not_after", "cert_index"):
        assert type(payload[key]) is int, f"{key}: {payload[key]!r}"
    assert isinstance(payload["lifetime_days"], (int, float))

    (row,) = env.wait_settled(1)
    assert row["sans"] == names
    assert row["matched"] == expected["matched_entries"]
    assert row["event_id"] == payload["id"]
    assert row["has_hashed_precertificate"] is True
    assert row["tbs_sha256"] == certificate.tbs_sha256

    # Of one of our own.
    ours = Certificate("www.example.org", not_before=1700000000, not_after=1700100000)
    env.own(ours)
    env.feed.send(ours.message())
    payload = env.webhook.wait_for(2)[1].json
    assert (payload["severity"], payload["known_by"], payload["reason"]) == ("info", "fingerprint", None)
    assert payload["importance"] == "info"
    assert payload["lifetime_days"] == 1.16
    assert payload["update_type"] == "X509LogEntry"
