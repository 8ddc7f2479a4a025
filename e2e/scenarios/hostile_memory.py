"""Messages of 28 MB, one after another, with the database there and with it away: under 400 MB resident at the peak."""

from e2e.harness import certwatch
from e2e.harness.messages import Certificate

SECONDS = 60
_MEGABYTE = 1_000_000
_COUNT = 9


def _messages(prefix):
    """Eight that are huge in a text, and one that is huge in its list of names, all of them watched."""
    issuer = {"O": "x" * (28 * _MEGABYTE), "CN": "R1", "aggregated": None}
    for number in range(_COUNT - 1):
        yield Certificate(f"{prefix}-{number}.example.org").message(lite=True, change={"leaf_cert.issuer": issuer})
    names = [f"{number}.example.org" for number in range(1_300_000)]
    yield Certificate(f"{prefix}-names.example.org").message(lite=True, change={"leaf_cert.all_domains": names})


def scenario(env):
    env.watch("example.org")
    outage = env.outage()
    process = env.start(**outage.variables, WEBHOOK_URL=None)

    def check(when):
        peak = process.resident(peak=True) / _MEGABYTE
        assert peak < 400 or certwatch.sanitized(), f"{when}: {peak:.0f} MB at the peak"

    for message in _messages("there"):
        env.feed.send(message)
    rows = env.wait_alerts(_COUNT, timeout=120)
    assert max(len(row["issuer"]) for row in rows) == 4096
    assert max(len(row["sans"]) for row in rows) == 100_000
    process.wait_metric("certwatch_undecodable_messages_total", reason="cut", equals=_COUNT)
    check("with the database")

    outage.begin()
    errors = process.metric("certwatch_store_errors_total")
    for message in _messages("away"):
        env.feed.send(message)
    process.wait_metric("certwatch_matches_total", equals=2 * _COUNT, timeout=120)
    process.wait_metric("certwatch_store_errors_total", at_least=errors + 2, timeout=120)
    check("with the database away")
    outage.end()
    env.wait_alerts(2 * _COUNT, timeout=120)
    check("with the database back")
    assert len(env.feed.connections) == 1, "the connection was given up"
