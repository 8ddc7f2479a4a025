"""A session of the real certstream-server-go, byte for byte: every message is read, and a precertificate from a
static-ct log (no DER, the digest of nothing) and its certificate are one alert.
"""

from e2e.harness import messages

NOT_OF_THE_STORE = "messages on the wire"

_MESSAGES = 60
_WATCHED = ["xn--bcher-kva184.shop", "contoso6264.fr", "example-bank9157.info", "soylent5820.org"]  # two sightings of each


def scenario(env):
    content = (messages.DATA / "wire" / "full-stream.bin").read_bytes()
    env.watch(*_WATCHED)
    process = env.start(WEBHOOK_URL=None)
    connection = env.feed.clients[0]
    for at in range(0, len(content), 7000):  # not at the borders of frames
        connection.send_bytes(content[at : at + 7000])
    process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=_MESSAGES)
    process.wait_metric("certwatch_repeats_total", equals=len(_WATCHED))
    rows = env.wait_alerts(len(_WATCHED), "severity = 'suspicious'")
    assert sorted(row["matched"] for row in rows) == sorted([entry] for entry in _WATCHED)
    assert all(row["tbs_sha256"] for row in rows), "the certificate's TBS hash is not bound to the precertificate's row"
    assert len(env.alerts()) == len(_WATCHED)
    metrics = process.metrics()
    assert metrics.value("certwatch_ct_messages_total") == _MESSAGES
    assert metrics.value("certwatch_matches_total") == 2 * len(_WATCHED)
    assert metrics.value("certwatch_undecodable_messages_total") == 0
    assert 0.9 * len(content) < metrics.value("certwatch_feed_bytes_total") < len(content)  # without the framing
    assert len(env.feed.connections) == 1
