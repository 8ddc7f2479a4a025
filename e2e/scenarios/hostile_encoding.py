"""Bytes that are no UTF-8, NUL and lone surrogates in names: an alert all the same, and a clean log."""

from e2e.harness import waiting
from e2e.harness.messages import Certificate, encoded
from e2e.harness.websocket import BINARY


def scenario(env):
    env.watch("example.org")
    process = env.start()
    names = ["nul\x00byte.example.org", "\ud800.example.org", "a\udc00\ud800b.example.org", "new\nline.example.org",
             "esc\x1b[31mred.example.org", "\u202ereversed.example.org", 'quo"te\\.example.org', "\x7f.example.org",
             "\u0085.example.org", "\u2028.example.org", "'; DROP TABLE alerts; --.example.org", "%s%n.example.org",
             "{}.example.org", "\U0010fffd.example.org", "\ufeff.example.org"]
    for name in names:
        before = len(env.webhook.requests)
        certificate = Certificate("placeholder.example")
        certificate.names = [name]
        issuer = {"C": "\x00", "CN": f"\x1b[1m{name}", "O": "\ud800\x00", "aggregated": f"/CN={name}\x00"}
        env.feed.send(certificate.message(change={"leaf_cert.issuer": issuer, "source.name": "log\x00\ud800\n"}))
        (row,) = env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}'")
        clean = "".join("\ufffd" if char == "\x00" or 0xD800 <= ord(char) < 0xE000 else char for char in name)
        assert row["sans"] == [clean], f"{name!r}: {row['sans']!r}"
        payload = env.webhook.wait_for(before + 1)[before].json
        assert payload["matched_entries"] == ["example.org"], f"{name!r}: {payload}"
        assert [one.replace("\x00", "\ufffd") for one in payload["all_sans"]] in ([clean], [name]), payload["all_sans"]
    env.wait_settled(len(names))

    # In a binary message invalid UTF-8 costs a counter at most; in a text message perhaps the connection.
    undecodable = process.metric("certwatch_undecodable_messages_total")
    bad = encoded(Certificate("www.example.org").message()).replace(b"www.example", b"w\xffw\xc0\xaf.example")
    env.feed.send(bad, opcode=BINARY)
    process.wait_metric("certwatch_undecodable_messages_total", at_least=undecodable + 1)
    assert len(env.feed.connections) == 1
    env.feed.send(bad)

    def noticed():
        counted = process.metric("certwatch_undecodable_messages_total") >= undecodable + 2
        return counted or len(env.feed.connections) > 1

    waiting.until(noticed, "invalid UTF-8 in a text message is noticed")
    waiting.until(lambda: env.feed.clients, "it is connected (again)")
    env.barrier()
