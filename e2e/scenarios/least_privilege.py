"""The role of the service may read two tables and change one: it asks for no more, and takes no look elsewhere."""

from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "roles and their rights"


def scenario(env):
    env.watch("example.org")
    env.database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    env.database.execute(f"REVOKE TEMPORARY ON DATABASE {env.database.name} FROM PUBLIC")
    process = env.start(CLEANUP_INTERVAL_S=0.5, WATCH_REFRESH_INTERVAL_S=0.5)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_settled(1)
    env.barrier()
    process.wait_ready()
    assert process.metric("certwatch_store_errors_total") == 0
    assert "permission denied" not in process.log
