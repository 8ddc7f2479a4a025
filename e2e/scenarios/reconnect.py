"""The feed goes away in every way there is: the service comes back, and says meanwhile that it is gone."""

import time

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the connection to a feed"
SECONDS = 30


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None)
    expected = 0

    def works_again(count, what):
        nonlocal expected
        env.feed.wait_for_client(count)
        env.feed.send(Certificate("www.example.org").message())
        expected += 1
        env.wait_alerts(expected)
        process.wait_metric("certwatch_feed_reconnects_total", feed=env.feed.name, at_least=count - 1)
        assert process.metric("certwatch_ws_connected") == 1, what

    works_again(1, "at first")
    for number, (what, end) in enumerate([
        ("TCP end", lambda connection: connection.drop()),
        ("close frame", lambda connection: connection.close(1001, b"restarting")),
        ("reset", lambda connection: connection.drop(reset=True)),
        ("close frame without a code", lambda connection: connection.send_bytes(b"\x88\x00")),
    ], start=2):
        begun = time.monotonic()
        connection = env.feed.clients[0]
        end(connection)
        works_again(number, what)
        took = env.feed.connections[-1].connected_at - begun
        assert took < 20, f"{what}: {took:.1f} s until it was back"
        env.feed.wait_for_end(connection)

    # Half a message, then the end.
    env.feed.clients[0].send_bytes(b"\x01\x7e\x10\x00{\"message_type\":")
    env.feed.clients[0].drop()
    works_again(6, "half a message")

    # Gone for a while: no busy loop, and it is seen.
    attempts = len(env.feed.attempts)
    env.feed.refuse()
    env.feed.clients[0].drop()
    process.wait_metric("certwatch_ws_connected", equals=0)
    assert process.metric("certwatch_feed_connected", feed=env.feed.name) == 0
    assert process.healthz()[0] == 200
    process.wait_unready()
    time.sleep(3)
    env.feed.listen()
    works_again(7, "refused for a while")
    assert len(env.feed.attempts) - attempts <= 5
    process.wait_ready()
