"""A peer that does not answer pings is given up, though its connection still stands."""

NOT_OF_THE_STORE = "the connection to a feed"
SECONDS = 60


def scenario(env):
    env.watch("example.org")
    env.feed.answers_pings = False
    process = env.start(WEBHOOK_URL=None, FEED_STALL_S=600)
    env.feed.wait_for_client(2, timeout=150)
    assert env.feed.connections[0].pings
    process.wait_metric("certwatch_feed_reconnects_total", feed=env.feed.name, at_least=1)
