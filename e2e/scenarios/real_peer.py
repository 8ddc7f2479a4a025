"""The real certstream-server-go, following two logs of ours, RFC 6962 and static-ct: what it sends is understood."""

from e2e.harness import der, tools
from e2e.harness.certstream_server import CertstreamServer
from e2e.harness.ct_log import CtLog
from e2e.harness.environment import Skip
from e2e.harness.messages import Certificate, RealPair

NOT_OF_THE_STORE = "messages on the wire"
SECONDS = 40

_LOG, _TILED_LOG = "Loopback Log", "Loopback Tiled Log"
# For 45 s it waits for an RFC 6962 log to grow by so many entries.
_BATCH = 100


def scenario(env):
    log, tiled_log = env.keep(CtLog()), env.keep(CtLog())
    _add(log)
    _add(tiled_log)
    logs, tiled_logs = {_LOG: log.url}, {_TILED_LOG: tiled_log.tiled_url}
    try:
        peer = env.keep(CertstreamServer(env.folder / "peer", logs, tiled_logs, deflate=True))
    except tools.Absent as absent:
        raise Skip(str(absent)) from absent
    real = RealPair("housetrainingpuppy.info")
    env.watch("example.org", *real.names)
    process = env.start(CERTSTREAM_URL=peer.url)
    process.wait_metric("certwatch_feed_connected", feed=peer.name, equals=1)
    process.wait_ready()
    # It begins where the logs end when it first looks, so they must not grow before.
    log.wait_asked("/rfc6962/ct/v1/get-sth", 2)
    tiled_log.wait_asked("/static/checkpoint", 2)

    _rfc6962(env, process, log)
    _static(env, process, tiled_log)
    _real(env, log, real.certificate())
    assert process.terminate() == 0

    # The same once more, compressed: nothing of it is new, and something else is.
    process = env.start_again(process, feeds=[], CERTSTREAM_DEFLATE="true")
    process.wait_metric("certwatch_feed_connected", feed=peer.name, equals=1)
    process.wait_ready()
    alerts = len(env.alerts())
    unknown = Certificate("deflate.example.org")
    _add(log, (real.certificate(), "precertificate"), (unknown, "certificate"))
    (request,) = env.webhook.wait_for(alerts + 1)[alerts:]
    assert request.json["fingerprint_sha1"] == unknown.fingerprint()
    process.wait_log("feed connected.*compressed=yes")
    _nothing_lost(env, process, alerts + 1)

    # What it cannot read itself it does not pass on: that shows as a lost entry.
    hidden = Certificate("hidden.example.org")
    hidden.der = lambda kind: der.sequence(der.integer(1))
    _add(log, (hidden, "certificate"))
    process.wait_metric("certwatch_feed_missed_entries_total", log=log.url, equals=1)


def _add(log, *entries):
    """Amidst certificates of other people; returns the index of the first entry.

    So they are also not the first that the server sees of a static-ct log: 1.9.0 passes that one over.
    """
    others = [(Certificate(f"{number}.example.com"), "certificate") for number in range(_BATCH)]
    half = _BATCH // 2
    return half + log.add(*others[:half], *entries, *others[half:])


def _rfc6962(env, process, log):
    ours, unknown = Certificate("shop.example.org"), Certificate("www.example.org", "example.net")
    renewed, foreign = Certificate("renewed.example.org"), Certificate("*.example.org")
    env.own(ours, renewed)
    first = _add(
        log, (ours, "certificate"), (unknown, "certificate"), (renewed, "precertificate"), (foreign, "precertificate")
    )
    env.wait_settled(4)
    payloads = {payload["serial"]: payload for payload in env.webhook.payloads()}

    payload = payloads[unknown.serial_hex]
    assert (payload["severity"], payload["reason"]) == ("suspicious", "unknown"), payload
    assert payload["fingerprint_sha1"] == unknown.fingerprint()
    assert payload["fingerprint_sha256"] == unknown.sha256()
    assert payload["tbs_sha256"] == unknown.tbs_sha256
    assert payload["spki_sha256"] == unknown.spki_sha256
    assert payload["all_sans"] == unknown.names and payload["matched_sans"] == ["www.example.org"]
    assert (payload["issuer_o"], payload["issuer_cn"]) == (unknown.issuer["O"], unknown.issuer["CN"])
    assert (payload["not_before"], payload["not_after"]) == (unknown.not_before, unknown.not_after)
    assert (payload["source_log"], payload["source_url"]) == (_LOG, log.url)
    assert (payload["cert_index"], payload["update_type"]) == (first + 1, "X509LogEntry")
    assert payload["cert_link"] == f"{log.url}/ct/v1/get-entries?start={first + 1}&end={first + 1}"

    payload = payloads[ours.serial_hex]
    assert (payload["severity"], payload["known_by"]) == ("info", "fingerprint"), payload
    payload = payloads[renewed.serial_hex]
    assert (payload["severity"], payload["update_type"]) == ("info", "PrecertLogEntry"), payload
    payload = payloads[foreign.serial_hex]
    assert (payload["severity"], payload["reason"]) == ("suspicious", "unknown"), payload
    assert payload["fingerprint_sha1"] == foreign.fingerprint("precertificate")
    assert payload["tbs_sha256"] == foreign.tbs_sha256

    # Their certificates are no news.
    _add(log, (renewed, "certificate"), (foreign, "certificate"), (ours, "certificate"))
    process.wait_metric("certwatch_repeats_total", equals=3)
    _nothing_lost(env, process, 4)


def _static(env, process, log):
    """Of a precertificate in a static-ct log the server knows no DER, and sends the digests of nothing."""
    before = len(env.alerts())
    renewed, foreign, ours = Certificate("a.example.org"), Certificate("b.example.org"), Certificate("c.example.org")
    env.own(renewed, ours)
    repeats = process.metric("certwatch_repeats_total")
    _add(log, (renewed, "precertificate"), (foreign, "precertificate"), (ours, "certificate"))
    env.wait_settled(before + 3)
    payloads = {payload["serial"]: payload for payload in env.webhook.payloads()}
    payload = payloads[renewed.serial_hex]
    assert (payload["severity"], payload["known_by"]) == ("info", "serial"), payload
    payload = payloads[foreign.serial_hex]
    assert (payload["severity"], payload["fingerprint_sha1"]) == ("suspicious", ""), payload
    assert (payload["source_log"], payload["cert_link"]) == (_TILED_LOG, ""), payload
    payload = payloads[ours.serial_hex]
    assert (payload["severity"], payload["known_by"]) == ("info", "fingerprint"), payload
    _add(log, (renewed, "certificate"), (foreign, "certificate"))
    process.wait_metric("certwatch_repeats_total", equals=repeats + 2)
    _nothing_lost(env, process, before + 3)


def _real(env, log, certificate):
    """A precertificate and its certificate that a public authority issued."""
    before = len(env.alerts())
    _add(log, (certificate, "precertificate"), (certificate, "certificate"))
    env.wait_settled(before + 1)
    payload = env.webhook.payloads()[-1]
    assert payload["severity"] == "suspicious" and payload["all_sans"] == certificate.names, payload
    assert payload["fingerprint_sha1"] == certificate.fingerprint("precertificate"), payload
    assert payload["tbs_sha256"] == certificate.tbs_sha256, payload


def _nothing_lost(env, process, alerts):
    env.nothing_more(alerts, seconds=1)
    assert len(env.wait_settled(alerts)) == alerts
    metrics = process.metrics()
    assert metrics.value("certwatch_undecodable_messages_total") == 0, metrics.text
    assert metrics.value("certwatch_feed_missed_entries_total") == 0, metrics.text
    assert metrics.value("certwatch_feed_reconnects_total") == 0, metrics.text
