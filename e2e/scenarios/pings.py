"""Pings are answered with what they carry, and own ones are sent every 20 seconds: small and masked."""

from e2e.harness import messages, waiting

NOT_OF_THE_STORE = "the connection to a feed"
SECONDS = 50


def scenario(env):
    env.watch("example.org")
    env.start(WEBHOOK_URL=None)
    connection = env.feed.clients[0]
    payloads = [b"", b"x", b"\x00\xff" * 10, b"p" * 125]
    for payload in payloads:
        connection.ping(payload)
    waiting.until(lambda: len(connection.pongs) >= len(payloads), "pongs")
    assert [payload for _, payload in connection.pongs] == payloads

    def pinged():
        if env.feed.clients:
            env.feed.send(messages.HEARTBEAT)
        return len(connection.pings) >= 2

    waiting.until(pinged, "two pings", timeout=120, interval=0.5)
    (first, _), (second, _) = connection.pings[:2]
    assert 12 <= first - connection.connected_at <= 45, first - connection.connected_at
    assert 12 <= second - first <= 45, second - first
    # The real server refuses frames over 512 bytes, and any server what is not masked.
    assert all(size <= 125 and masked for _, _, size, masked in connection.frames_received)
    assert len(env.feed.connections) == 1
