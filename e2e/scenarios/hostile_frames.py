"""Bytes that are no websocket: the connection is given up, another is made, and the log does not fill."""

import os

from e2e.harness.messages import Certificate
from e2e.harness.websocket import frame

NOT_OF_THE_STORE = "messages on the wire"
SECONDS = 40


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, LOG_LEVEL="INFO")
    garbage = [
        b"\xff" * 1000,
        b"\x83\x00",  # a reserved opcode
        b"\x8b\x00",  # a reserved control opcode
        b"\xf1\x00",  # reserved bits
        b"\x81\x85mask\x00\x00\x00\x00\x00",  # masked by the server
        b"\x80\x01x",  # the end of a message that never began
        b"\x01\x01a\x81\x01b",  # a message within a message
        b"\x09\x00",  # a ping in fragments
        b"\x89\x7e\x00\x80" + b"x" * 128,  # a ping too long
        b"\x88\x01\x03",  # half a close code
        b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff",  # a length of 2^64 - 1
        b"\x81\x7f\x00\x00\x7f\xff\xff\xff\xff\xff" + b"x" * 1000,  # 128 TiB announced
        frame(1, b"{}", rsv1=True),  # compressed though it was not agreed
        os.urandom(5000),
    ]
    for number, content in enumerate(garbage):
        connection = env.feed.wait_for_client(number + 1)
        connection.send_bytes(content)
        if len(env.feed.connections) == number + 1:
            # Where the client still waits for more, the end of the connection is what it gets.
            try:
                env.feed.wait_for_end(connection, timeout=3)
            except AssertionError:
                connection.drop()
        env.feed.wait_for_client(number + 2)
        assert process.running
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1)
    process.wait_metric("certwatch_feed_reconnects_total", at_least=len(garbage))
    assert len(process.log) < 100_000
