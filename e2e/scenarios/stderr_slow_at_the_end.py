"""SIGTERM while the database is away: a slow reader of stderr gets every match, and one that does not read ends it in 5 s."""

import json
import os
import time

from e2e.harness import certwatch
from e2e.harness.messages import Certificate

SECONDS = 40
_COUNT = 60


def _certificates(name):
    return [Certificate(*(f"{letter * 60}.{name}-{number}.example.org" for letter in "abcdefgh"))
            for number in range(_COUNT)]


def _doomed(env, certificates):
    """A process that cannot record these, and the end of the pipe that is its stderr."""
    outage = env.outage()
    reader, writer = os.pipe()
    connections = len(env.feed.connections)
    process = env.launch(stderr=writer, LOG_LEVEL="CRITICAL", **outage.variables)
    os.close(writer)
    env.feed.wait_for_client(connections + 1)
    process.wait_ready()
    outage.begin()
    env.feed.send(*(certificate.message() for certificate in certificates))
    process.wait_metric("certwatch_matches_total", equals=_COUNT)
    process.expected_exit = 1
    return process, reader, outage


def scenario(env):
    env.watch("example.org")
    limit = 15 if certwatch.sanitized() else 5
    certificates = _certificates("slow")
    process, reader, outage = _doomed(env, certificates)
    begun = time.monotonic()
    process.signal(15)
    text = b""
    # Half a minute of it would be too much of a test, 5 s not enough to show anything.
    while content := os.read(reader, 2048):
        text += content
        time.sleep(0.1)
    assert process.wait_exit() == 1
    assert time.monotonic() - begun > 5, "the reader was not slow"
    os.close(reader)
    outage.end()
    told = [json.loads(line)["unrecorded"]["fingerprint_sha1"] for line in text.decode().splitlines() if line.startswith("{")]
    assert sorted(told) == sorted(one.fingerprint() for one in certificates)

    process, reader, outage = _doomed(env, _certificates("stuck"))
    begun = time.monotonic()
    assert process.terminate() == 1
    took = time.monotonic() - begun
    assert took < limit, f"{took:.1f} s"
    os.close(reader)
    outage.end()
