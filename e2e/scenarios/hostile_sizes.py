"""Nesting 200,000 deep, 50,000 names, names of 10 kB, certificates of 300 kB, messages of 20 MB: nothing escapes,
memory is bounded, the connection stays.
"""

from e2e.harness import certwatch
from e2e.harness.messages import Certificate, encoded

SECONDS = 30
_MEBIBYTE = 1 << 20


def scenario(env):
    env.watch("example.org")
    # The feed is silent while messages are made, for long on a busy machine.
    process = env.start(FEED_STALL_S=600)
    count = 0

    def arrives(message, what, **how):
        nonlocal count
        env.feed.send(message, **how)
        count += 1
        env.wait_alerts(count, timeout=120)
        rows = env.alerts()
        assert len(rows) == count, what
        return rows[-1]

    deep = b"[" * 200_000 + b"]" * 200_000
    for kind in (deep, b'{"a":' * 200_000 + b"1" + b"}" * 200_000, b"[" * 200_000):
        env.feed.send(kind)
        content = encoded(Certificate("deep.example.org").message())
        env.feed.send(content.replace(b'"cert_index":', b'"deep":' + kind + b',"cert_index":'))
        env.feed.send(b'{"message_type":"certificate_update","data":' + kind + b"}")
    env.barrier()
    count = len(env.alerts())

    many = [f"host-{number}.example.com" for number in range(50_000)]
    row = arrives(Certificate(*many, "the-one.example.org").message(), "50,000 names, one of them watched")
    assert row["matched"] == ["example.org"] and len(row["sans"]) == 50_001
    row = arrives(Certificate(*(f"host-{number}.example.org" for number in range(50_000))).message(), "50,000 matches")
    assert row["matched"] == ["example.org"] and len(row["sans"]) == 50_000

    long = "x" * 10_000 + ".example.org"
    assert arrives(Certificate(long).message(), "a name of 10 kB")["sans"] == [long]
    dots = "a." * 5_000 + "example.org"
    assert arrives(Certificate(dots).message(), "5,000 labels")["sans"] == [dots]
    assert arrives(Certificate("." * 10_000 + "example.org").message(), "10,000 dots")

    large = Certificate("large.example.org", padding=300_000)
    assert arrives(large.message(), "300 kB of DER")["tbs_sha256"] == large.tbs_sha256
    largest = Certificate("largest.example.org", padding=11 * _MEBIBYTE)  # as base64 about 15 MiB
    assert arrives(largest.message(), "a message of 15 MiB")["tbs_sha256"] == largest.tbs_sha256

    # Over any limit: counted, passed over to its end, the connection stays.
    undecodable = process.metric("certwatch_undecodable_messages_total")
    huge = encoded(Certificate("huge.example.org", padding=100 * _MEBIBYTE).message())
    for style in ("single", "server", 1_000_000):
        env.feed.send(huge, style=style)
        arrives(Certificate(f"after-{style}.example.org").message(), "a message after a huge one")
    process.wait_metric("certwatch_undecodable_messages_total", at_least=undecodable + 3)
    twenty = Certificate("twenty.example.org", padding=15 * _MEBIBYTE)
    env.feed.send(twenty.message())
    env.barrier()
    assert len(env.feed.connections) == 1, "the connection was given up"
    if not certwatch.sanitized():
        peak = process.resident(peak=True) / _MEBIBYTE
        assert peak < 400, f"{peak:.0f} MiB at its peak"
