"""A connected feed that brings no message is reconnected; one that brings anything at all is not."""

import time

from e2e.harness import messages, waiting

NOT_OF_THE_STORE = "the connection to a feed"
SECONDS = 20


def scenario(env):
    env.watch("example.org")
    quiet, lively = env.another_feed(), env.another_feed()
    process = env.start(
        feeds=[quiet, lively], CERTSTREAM_URL=f"{quiet.url},{lively.url}", FEED_STALL_S=4, WEBHOOK_URL=None
    )
    deadline = time.monotonic() + 90

    def reconnected():
        lively.send(messages.HEARTBEAT)
        for connection in quiet.clients:
            try:
                connection.ping(b"alive, but without anything to say")
            except OSError:
                pass
        return len(quiet.connections) >= 3

    waiting.until(reconnected, "the quiet feed to be connected to again, twice", deadline - time.monotonic(), 0.3)
    first, second = quiet.connections[:2]
    assert second.connected_at - first.connected_at >= 3.5
    assert len(lively.connections) == 1
    process.wait_metric("certwatch_feed_reconnects_total", feed=quiet.name, at_least=2)
    assert process.metric("certwatch_feed_reconnects_total", feed=lively.name) == 0
    process.wait_log("stall|no message|silent|quiet")
