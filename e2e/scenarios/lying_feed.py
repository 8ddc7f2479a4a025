"""What a feed claims hides nothing: not what another feed brings, and not what the certificate itself says."""

from e2e.harness.messages import Certificate, colons

_CLAIMS = ("fingerprint", "serial_number", "not_before", "not_after", "all_domains", "issuer")


def _claims_of(certificate, kind="certificate"):
    """`change` for a message that claims to be about this certificate, whatever DER it brings."""
    leaf = certificate.leaf(kind)
    return {f"leaf_cert.{key}": leaf[key] for key in (*_CLAIMS, "sha1", "sha256")}


def scenario(env):
    env.watch("example.org")
    liar, honest = env.feed, env.another_feed()
    process = env.start(feeds=[liar, honest], CERTSTREAM_URL=f"{liar.url},{honest.url}")

    def told(**facts):
        """The payload of the one event that has these."""
        (request,) = env.webhook.wait_for(1, where=lambda request: facts.items() <= request.json.items())
        return request.json

    def suspicious(certificate):
        """The alert about this very certificate, known by what only its DER can say."""
        return told(tbs_sha256=certificate.tbs_sha256, severity="suspicious")

    # Our fingerprint with a hijack's serial, dates, names and issuer, as a precertificate's. Then the hijack.
    ours, hijack = Certificate("www.example.org"), Certificate("www.example.org")
    env.own(ours)
    lie = {"leaf_cert.fingerprint": colons(ours.fingerprint()), "leaf_cert.sha256": None}
    liar.send(hijack.message("precertificate", lite=True, change=lie))
    env.wait_alerts(1)
    honest.send(hijack.message("precertificate"), hijack.message())
    assert suspicious(hijack)["matched_sans"] == ["www.example.org"]

    # A hijack's DER in a message that claims to be about ours. Then its certificate's fingerprint, claimed for our serial.
    ours = Certificate("api.example.org")
    hijack = Certificate("www.example.org", not_before=ours.not_before)
    env.own(ours)
    liar.send(hijack.message("precertificate", change=_claims_of(ours, "precertificate")))
    payload = suspicious(hijack)
    assert payload["claims_differ"] == ["fingerprint", "serial", "names"], payload
    assert payload["fingerprint_sha1"] == hijack.fingerprint("precertificate")
    assert payload["all_sans"] == ["api.example.org"] and payload["serial"] == ours.serial_hex
    assert payload["matched_sans"] == ["api.example.org", "www.example.org"]
    for fact in payload["claims_differ"]:
        assert process.metric("certwatch_claims_differ_total", fact=fact) == 1, fact
    claim = {**_claims_of(ours, "precertificate"), "leaf_cert.fingerprint": colons(hijack.fingerprint()),
             "leaf_cert.sha256": None}
    liar.send(ours.message("precertificate", lite=True, change=claim))
    honest.send(hijack.message("precertificate"), hijack.message())
    env.barrier()
    about = [request.json["severity"] for request in env.webhook.requests
             if request.json["tbs_sha256"] == hijack.tbs_sha256]
    assert about == ["suspicious"], about

    # A feed that calls every fingerprint the same: each is an alert of its own.
    nameless = []
    for no_digest in ("N/A", "", "unknown", colons("ab" * 19)):
        for _ in range(3):
            nameless.append(Certificate("same.example.org"))
            change = {"leaf_cert.fingerprint": no_digest, "leaf_cert.sha256": no_digest}
            liar.send(nameless[-1].message(lite=True, change=change))
    for certificate in nameless:
        told(serial=certificate.serial_hex, fingerprint_sha1="", fingerprint_sha256=None)

    # DER that is for nothing we watch is not what the message means.
    env.feed.send(Certificate("elsewhere.example.net").message(
        change={"leaf_cert.all_domains": ["mine.example.org"], "leaf_cert.serial_number": "77"}))
    told(serial="77", tbs_sha256=None, severity="suspicious")
    process.wait_metric("certwatch_undecodable_messages_total", reason="unwatched_der", equals=1)
