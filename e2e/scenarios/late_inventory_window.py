"""Outside of RESOLVE_WINDOW_S, and with 0 always, a suspicious alert stays what it is."""

from e2e.harness.messages import Certificate

SECONDS = 45


def scenario(env):
    env.watch("example.org")
    process = env.start(RESOLVE_WINDOW_S=0)
    certificate = Certificate("www.example.org")
    env.feed.send(certificate.message())
    env.wait_settled(1)
    env.own(certificate)
    env.nothing_more(1, seconds=15)
    assert process.terminate() == 0
    env.database.let_pass(2 * 86400, "recorded_at", "decided_at")
    env.start_again(process, RESOLVE_WINDOW_S=86400)
    env.nothing_more(1, seconds=15)
    (row,) = env.alerts()
    assert row["resolved_at"] is None and row["severity"] == "suspicious"
