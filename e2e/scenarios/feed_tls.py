"""wss://: verified against SSL_CERT_FILE, with the server's name sent; nobody else's certificate will do."""

from e2e.harness import tls, waiting
from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the connection to a feed"


def scenario(env):
    env.watch("example.org")
    context = env.authority.server_context("localhost")
    names = []
    context.sni_callback = lambda sock, name, context: names.append(name)
    server = env.another_feed(tls=context)
    process = env.start(
        feeds=[server], CERTSTREAM_URL=server.url, SSL_CERT_FILE=env.authority.bundle, WEBHOOK_URL=None
    )
    assert names[0] == "localhost"
    certificates = [Certificate("www.example.org", padding=size) for size in (0, 100_000, 1_000_000)]
    server.send(*(certificate.message() for certificate in certificates))
    env.wait_alerts(3)
    connection = server.clients[0]
    connection.ping(b"over tls")
    waiting.until(lambda: connection.pongs, "a pong")
    connection.close()
    server.wait_for_client(2)
    server.send(Certificate("www.example.org").message())
    env.wait_alerts(4)
    assert process.terminate() == 0

    wrong_name = env.another_feed(tls=env.authority.server_context("other.example"))
    stranger = env.another_feed(tls=tls.Authority(env.folder / "stranger").server_context())
    for refused in (wrong_name, stranger):
        process = env.launch(CERTSTREAM_URL=refused.url, SSL_CERT_FILE=env.authority.bundle, WEBHOOK_URL=None)
        process.wait_alive()
        waiting.until(lambda: len(refused.attempts) >= 2, "two attempts")
        assert refused.connections == []
        assert process.metric("certwatch_ws_connected") == 0
        process.wait_log("certificate|verif")
        assert process.terminate() == 0
