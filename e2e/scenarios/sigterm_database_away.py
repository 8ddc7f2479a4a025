"""SIGTERM while the database is away: what is not on record is written to stderr as JSON lines, and the exit code is 1."""

import json

from e2e.harness.messages import Certificate

SECONDS = 15


def scenario(env):
    env.watch("example.org")
    outage = env.outage()
    process = env.start(**outage.variables)
    env.feed.send(Certificate("before.example.org").message())
    env.wait_alerts(1)
    outage.begin()
    certificates = [Certificate(f"lost-{number}.example.org") for number in range(50)]
    env.feed.send(*(certificate.message() for certificate in certificates))
    process.wait_metric("certwatch_matches_total", equals=51)
    process.expected_exit = 1
    assert process.terminate() == 1
    told = []
    for line in process.log.splitlines():
        if line.startswith("{"):
            told.append(json.dumps(json.loads(line)))
    for certificate in certificates:
        assert any(certificate.names[0] in line and certificate.fingerprint() in line.replace(":", "").lower()
                   for line in told), f"{certificate.names[0]} is lost without a word"
    assert not any("before.example.org" in line for line in told)
    outage.end()
