"""What upstream writes into intent_current: cleaned up, counted once, IDNA, the invalid ones skipped and named."""

from e2e.harness.messages import Certificate

_ROWS = [
    "  Example.ORG.  ",
    "example.org",
    "*.wild.example",
    "wild.example..",
    "bücher.example",
    None,
    "",
    "localhost",
    "a..b.example",
    ".lead.example",
    "*.*.twice.example",
    "foo.*.middle.example",
    "*",
    "*.",
]


def scenario(env):
    env.database.insert("intent_current", *({"fqdn": row} for row in _ROWS))
    process = env.start(WEBHOOK_URL=None)
    assert process.metric("certwatch_watch_entries") == 3
    assert process.healthz()[1]["watch_entries"] == 3
    for name in ("localhost", "a..b.example", ".lead.example", "*.twice.example", "foo.*.middle.example"):
        assert name in process.log, f"the log does not name {name}"

    expected = {}
    for name, entries in [
        ("www.example.org", ["example.org"]),
        ("www.wild.example", ["wild.example"]),
        ("wild.example", ["wild.example"]),
        ("www.xn--bcher-kva.example", ["bücher.example"]),
        ("*.xn--bcher-kva.example", ["bücher.example"]),
        ("www.bücher.example", ["bücher.example"]),
        ("www.twice.example", None),
        ("www.lead.example", None),
        ("www.middle.example", None),
        ("www.localhost", None),
    ]:
        certificate = Certificate(name)
        expected[certificate.fingerprint()] = (name, entries)
        env.feed.send(certificate.message())
    env.barrier(domain="example.org")
    rows = {row["fingerprint"]: row for row in env.alerts()}
    for fingerprint, (name, entries) in expected.items():
        matched = rows[fingerprint]["matched"] if fingerprint in rows else None
        assert matched == entries, f"{name}: {matched}, not {entries}"
