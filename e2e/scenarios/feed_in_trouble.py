"""A server that does not shake hands properly, or never: tried again until it does, without a rush."""

import time

from e2e.harness import feed, waiting
from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the connection to a feed"
SECONDS = 60


def scenario(env):
    env.watch("example.org")
    for behaviour in (feed.REJECTING, feed.GARBAGE_HANDSHAKE, feed.DROPPING, feed.SILENT_HANDSHAKE):
        server = env.another_feed()
        server.behaviour = behaviour
        process = env.launch(CERTSTREAM_URL=server.url, WEBHOOK_URL=None)
        process.wait_alive()
        waiting.until(lambda: server.attempts, "a first attempt")
        begun = time.monotonic()
        waiting.until(lambda: len(server.attempts) >= 2, f"{behaviour}: another attempt", timeout=90)
        assert process.metric("certwatch_ws_connected") == 0, behaviour
        assert process.readyz()[0] == 503, behaviour
        assert process.healthz()[0] == 200, behaviour
        rate = len(server.attempts) / max(1.0, time.monotonic() - begun)
        assert rate < 5, f"{behaviour}: {rate:.1f} attempts a second"
        server.behaviour = feed.NORMAL
        server.wait_for_client(1, timeout=90)
        certificate = Certificate("www.example.org")
        server.send(certificate.message())
        env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}'")
        assert process.terminate() == 0
