"""Which names match which entries: the contract's table, and names no parser would take."""

from e2e.harness.messages import Certificate

_ENTRIES = ["example.net", "example.org", "foo.example.org"]
_ORG, _FOO, _NET = "example.org", "foo.example.org", "example.net"

_TABLE = [
    ("example.org", [_ORG]),
    ("www.example.org", [_ORG]),
    ("a.b.c.d.e.f.example.org", [_ORG]),
    ("foo.example.org", [_ORG, _FOO]),
    ("bar.foo.example.org", [_ORG, _FOO]),
    ("*.example.org", [_ORG, _FOO]),
    ("*.foo.example.org", [_ORG, _FOO]),
    ("*.a.foo.example.org", [_ORG, _FOO]),
    ("*.org", [_ORG]),
    ("*.net", [_NET]),
    ("EXAMPLE.Org", [_ORG]),
    ("WWW.EXAMPLE.ORG.", [_ORG]),
    ("www.example.org...", [_ORG]),
    ("  www.example.org\t", [_ORG]),
    ("\nwww.example.org\r\n", [_ORG]),
    (" *.NET. ", [_NET]),
    ("*.*.example.org", [_ORG]),
    ("foo.*.example.org", [_ORG]),
    ("a*.example.org", [_ORG]),
    ("_x.example.org", [_ORG]),
    ("-.example.org", [_ORG]),
    ("..example.org", [_ORG]),
    (".example.org", [_ORG]),
    ("a b.example.org", [_ORG]),
    ("<script>.example.org", [_ORG]),
    ("ümläut.example.org", [_ORG]),
    ("\ufffd.example.org", [_ORG]),
    ("x" * 300 + ".example.org", [_ORG]),
    ("notexample.org", []),
    ("example.org.evil.com", []),
    ("example.orgx", []),
    ("*example.org", []),
    ("mail@example.org", []),
    ("www.example.org:443", []),
    ("https://www.example.org/", []),
    ("*.foo.org", []),
    ("*.com", []),
    ("*.", []),
    ("*", []),
    ("org", []),
    (".", []),
    ("", []),
    ("192.0.2.1", []),
    ("example．org", []),  # a fullwidth dot is no dot
]


def scenario(env):
    env.watch(*_ENTRIES)
    process = env.start(WEBHOOK_URL=None)
    certificates = []
    for name, _ in _TABLE:
        certificate = Certificate("placeholder.example")
        certificate.names = [name]
        certificates.append(certificate)
        env.feed.send(certificate.message())
    both = Certificate("www.example.org", "*.net", "example.com", "www.example.net", "foo.example.org")
    env.feed.send(both.message())
    env.barrier(domain="example.net")

    rows = {row["fingerprint"]: row for row in env.alerts()}
    wrong = []
    for (name, entries), certificate in zip(_TABLE, certificates):
        row = rows.pop(certificate.fingerprint(), None)
        matched = row["matched"] if row else []
        if matched != entries:
            wrong.append(f"{name!r} matched {matched}, not {entries}")
        if row and row["sans"] != [name]:
            wrong.append(f"{name!r} is on record as {row['sans']}")
    assert not wrong, "; ".join(wrong)
    assert rows.pop(both.fingerprint())["matched"] == [_NET, _ORG, _FOO]
    assert len(rows) == 1  # the barrier
    assert process.metric("certwatch_ct_messages_total", type="certificate_update") == len(_TABLE) + 2
