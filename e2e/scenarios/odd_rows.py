"""What upstream may leave in its tables: nulls, odd JSON, upper case. Looked over, never in the way."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    certificates = [Certificate(f"host-{number}.example.org") for number in range(6)]
    odd = [
        {"serial": None, "sans": None, "not_before": None, "not_after": None},
        {"sans": "a string"},
        {"sans": [1, None, {"a": "b"}]},
        {"sans": {"names": ["x"]}},
        {"serial": "no hex at all", "not_before": -1, "not_after": 2**62},
        {"serial": "", "sans": [""]},
    ]
    for certificate, change in zip(certificates, odd):
        row = certificate.inventory_row(**change)
        if isinstance(row["sans"], str):
            row["sans"] = [row["sans"]]
            env.database.insert("certs", row)
            env.database.execute("UPDATE public.certs SET sans = '\"a string\"' WHERE fingerprint_sha1 = "
                                 f"'{certificate.fingerprint()}'")
        else:
            env.database.insert("certs", row)
    env.start()
    # By fingerprint they are ours whatever else the row says; their precertificates are not.
    for certificate in certificates:
        env.feed.send(certificate.message())
    rows = env.wait_settled(len(certificates))
    assert all(row["severity"] == "info" for row in rows)
    stranger = Certificate("evil.example.org")
    env.feed.send(stranger.message("precertificate"), stranger.message())
    (row,) = env.wait_alerts(1, "severity = 'suspicious' AND delivered")
    assert row["sans"] == stranger.names
