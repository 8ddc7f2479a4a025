"""A database that takes no writes, as after a failover to the wrong side: waited out, nothing lost."""

import contextlib

from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a server of its own"
SECONDS = 30
_EACH = 30


def scenario(env):
    server = env.use_own_cluster()
    env.watch("example.org")
    process = env.start()
    count = 0

    def read_only(on, reconnect):
        with contextlib.closing(server.maintenance()) as maintenance:
            name = env.database.name
            maintenance.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if on else 'off'}")
            if reconnect:
                maintenance.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'certwatch'"
                )

    def send():
        nonlocal count
        env.feed.send(*(Certificate(f"host-{count + number}.example.org").message() for number in range(_EACH)))
        count += _EACH

    send()
    env.wait_settled(count)
    # The second time the sessions of the read-only time are left as they are: they must be given up by the service.
    for reconnect in (True, False):
        read_only(True, reconnect=True)
        errors = process.metric("certwatch_store_errors_total")
        send()
        process.wait_metric("certwatch_store_errors_total", at_least=errors + 1)
        assert process.healthz()[0] == 200
        assert len(env.alerts()) == count - _EACH
        read_only(False, reconnect)
        env.wait_settled(count, timeout=120)
        process.wait_ready()
    env.nothing_more(count)
