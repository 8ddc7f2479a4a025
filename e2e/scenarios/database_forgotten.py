"""Connections that a firewall has forgotten stay silent for ever: given up after a while, new ones made."""

from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a connection that can be forgotten"
SECONDS = 60
TIME_LIMIT = 400


def scenario(env):
    env.watch("example.org")
    proxy = env.proxy(env.database.server.port)
    process = env.start(POSTGRES_DSN=env.database.dsn_through(proxy.port), WATCH_REFRESH_INTERVAL_S=1)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_settled(1)
    proxy.abandon()
    env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(20)))
    env.wait_settled(21, timeout=120)
    env.watch("example.net")
    process.wait_metric("certwatch_watch_entries", equals=2, timeout=120)
    process.wait_ready()
    assert process.healthz()[0] == 200
