"""Feeds are read side by side: one alert however many bring it, and one that fails does not hold up the others."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    one, two, three = env.another_feed(), env.another_feed(path="/"), env.another_feed()
    three.refuse()
    process = env.start(feeds=[one, two], CERTSTREAM_URL=f"{one.url}, {two.url},{three.url}")
    assert (one.connections[0].path, two.connections[0].path) == ("/full-stream", "/")
    certificate, first, second = Certificate("www.example.org"), Certificate("a.example.org"), Certificate("b.example.org")
    message = certificate.message()
    one.send(message, first.message())
    two.send(message, second.message())
    env.wait_settled(3)
    env.nothing_more(3)
    for feed, connected in ((one, 1), (two, 1), (three, 0)):
        assert process.metric("certwatch_feed_connected", feed=feed.name) == connected
    assert process.metric("certwatch_ws_connected") == 1
    assert process.metric("certwatch_repeats_total") == 1
    status, body, _ = process.get("/readyz")
    assert status == 503
    for feed in (one, two, three):
        assert feed.name in body, f"/readyz does not name {feed.name}: {body}"
    three.listen()
    three.wait_for_client(1)
    late = Certificate("c.example.org")
    three.send(late.message())
    env.wait_settled(4)
    process.wait_ready()

    one.refuse()
    one.clients[0].drop()
    process.wait_metric("certwatch_feed_connected", feed=one.name, equals=0)
    assert process.metric("certwatch_ws_connected") == 1
    two.send(Certificate("d.example.org").message())
    env.wait_settled(5)
    for feed in (two, three):
        feed.refuse()
        feed.clients[0].drop()
    process.wait_metric("certwatch_ws_connected", equals=0)
