"""statement_timeout, lock_timeout and a connection limit set by the database's owner: waited out, nothing lost."""

import contextlib
import time

from e2e.harness import waiting
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "time-outs and connection limits"
SECONDS = 30
_EACH = 30


def scenario(env):
    env.watch("example.org")
    name = env.database.name
    maintenance = env.database.server.maintenance()
    with contextlib.closing(maintenance):
        maintenance.execute(f"ALTER DATABASE {name} SET statement_timeout = '500ms'")
        maintenance.execute(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '2s'")
        process = env.start()
        with contextlib.closing(env.database.session()) as holder:
            holder.run("SET statement_timeout = 0")
            holder.run("SET idle_in_transaction_session_timeout = 0")
            holder.run("BEGIN")
            holder.run("LOCK TABLE public.alerts IN ACCESS EXCLUSIVE MODE")
            begun = time.monotonic()
            env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(_EACH)))
            waiting.until(lambda: time.monotonic() - begun > 5, "five seconds of lock")
            holder.run("COMMIT")
        env.database.close()
        env.wait_settled(_EACH, timeout=120)

        maintenance.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'certwatch' AND datname = "
        maintenance.execute(terminate + f"'{name}'")
        env.feed.send(*(Certificate(f"more-{number}.example.org").message() for number in range(_EACH)))
        process.wait_metric("certwatch_store_up", equals=0)
        assert process.healthz()[0] == 200
        maintenance.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
        env.wait_settled(2 * _EACH, timeout=120)
        env.nothing_more(2 * _EACH)
        # One connection for everything must be enough to come through, however slowly.
        maintenance.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
        maintenance.execute(terminate + f"'{name}'")
        env.feed.send(*(Certificate(f"last-{number}.example.org").message() for number in range(_EACH)))
        process.wait_metric("certwatch_store_errors_total", at_least=1)
        maintenance.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
        env.wait_settled(3 * _EACH, timeout=120)
