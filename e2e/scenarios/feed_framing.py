"""Messages of every size arrive whole, however they are cut into frames, as text and as binary."""

from e2e.harness.messages import Certificate, encoded
from e2e.harness.websocket import BINARY, PING, TEXT, frame

NOT_OF_THE_STORE = "messages on the wire"

_SIZES = [0, 100, 1500, 4000, 20_000, 60_000, 300_000, 2_000_000]  # of padding in the certificate's DER


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None)
    sent = {}
    for padding in _SIZES:
        for style in ("single", "server", 1000 if padding > 1000 else 100):
            for opcode in (TEXT, BINARY):
                certificate = Certificate(f"p{padding}.{style}.{opcode}.example.org", padding=padding)
                env.feed.send(certificate.message(), style=style, opcode=opcode)
                sent[certificate.fingerprint()] = certificate

    # Control frames between the fragments of a message.
    certificate = Certificate("control.example.org", padding=3000)
    content = encoded(certificate.message())
    connection = env.feed.clients[0]
    connection.send_bytes(
        frame(TEXT, content[:1], fin=False)
        + frame(PING, b"in between")
        + frame(0, b"", fin=False)
        + frame(0, content[1:2000], fin=False)
        + frame(PING, b"again")
        + frame(0, content[2000:])
    )
    sent[certificate.fingerprint()] = certificate

    # Byte by byte on the wire.
    certificate = Certificate("slow.example.org")
    content = frame(TEXT, encoded(certificate.message(lite=True)))
    for byte in content[:600]:
        connection.send_bytes(bytes([byte]))
    connection.send_bytes(content[600:])
    sent[certificate.fingerprint()] = certificate

    rows = env.wait_alerts(len(sent))
    assert {row["fingerprint"] for row in rows} == set(sent)
    for row in rows:
        assert row["tbs_sha256"] in (sent[row["fingerprint"]].tbs_sha256, None)
    assert sum(row["tbs_sha256"] is not None for row in rows) == len(sent) - 1
    assert [payload for _, payload in connection.pongs] == [b"in between", b"again"]
    assert len(env.feed.connections) == 1
    assert process.metric("certwatch_undecodable_messages_total") == 0
    assert process.metric("certwatch_ct_messages_total", type="certificate_update") == len(sent)
