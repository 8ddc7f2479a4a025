"""Compression is offered only where it is asked for, and then read: single frames, fragments, a captured session."""

from e2e.harness import messages
from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "messages on the wire"


def scenario(env):
    env.watch("example.org", "contoso6264.fr")
    plain = env.another_feed(deflate=True)
    process = env.start(feeds=[plain], CERTSTREAM_URL=plain.url, WEBHOOK_URL=None)
    assert "sec-websocket-extensions" not in plain.connections[0].headers
    plain.send(Certificate("www.example.org").message())
    env.wait_alerts(1)
    assert process.terminate() == 0

    for agrees in (False, True):
        server = env.another_feed(deflate=agrees)
        process = env.start(feeds=[server], CERTSTREAM_URL=server.url, WEBHOOK_URL=None, CERTSTREAM_DEFLATE="true")
        assert "permessage-deflate" in server.connections[0].headers["sec-websocket-extensions"]
        assert server.connections[0].deflate is agrees
        before = len(env.alerts())
        sizes = [0, 3000, 9000, 500_000]
        for size in sizes:
            for style in ("single", "server", 100):
                server.send(Certificate("www.example.org", padding=size).message(), style=style)
        if agrees:  # a message that is not compressed is allowed at any time
            server.clients[0].send(Certificate("www.example.org").message(), deflate=False)
        count = len(sizes) * 3 + agrees
        env.wait_alerts(before + count)
        if agrees:
            server.clients[0].send_bytes((messages.DATA / "wire" / "full-stream.deflate.bin").read_bytes())
            count += 75
        process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=count)
        assert process.metric("certwatch_undecodable_messages_total") == 0
        assert len(server.connections) == 1
        assert process.terminate() == 0
    assert env.alerts("matched = '[\"contoso6264.fr\"]'"), "nothing found in the captured session"
