"""`certwatch watch` on a file that is not there: made with its tables, watched, filled; again: nothing twice."""

import signal

from e2e.harness.messages import Certificate

NEEDS_SQLITE = "a file"


def scenario(env):
    for path in env.database.files():
        path.unlink()
    # What the service would skip is no watch entry: nothing is made.
    code, log = env.run_to_end(arguments=("watch", "example.org", "localhost", "a..example.org"))
    assert code == 2, f"exit code {code}"
    assert '"localhost"' in log and '"a..example.org"' in log and '"example.org"' not in log, log
    assert not env.database.files()
    for number in range(2):
        process = env.launch(("watch", "example.org", "example.net"))
        process.wait_alive()
        env.feed.wait_for_client(number + 1)
        process.wait_ready()
        assert process.metric("certwatch_watch_entries") == 2
        env.feed.send(Certificate("www.example.net").message())
        env.wait_settled(number + 1)
        process.signal((signal.SIGTERM, signal.SIGHUP)[number])  # the second as from a terminal that is closed
        assert process.wait_exit() == 0
    # What was written is in the one file when nobody uses it.
    assert env.database.files() == [env.database.path], env.database.files()
    assert env.database.value("SELECT count(*) AS n FROM public.intent_current") == 2

    # Without any entry: made as well, and not ready.
    env.database.path.unlink()
    process = env.launch()
    process.wait_alive()
    process.wait_metric("certwatch_store_up", equals=1)
    assert "watch" in str(process.wait_unready())
    env.watch("example.org")
    assert process.terminate() == 0
    process = env.start()
    env.barrier()
