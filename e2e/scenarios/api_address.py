"""Where the pages are: API_HOST and API_PORT, IPv6 too; a port that is taken ends the start with 1."""

import socket

from e2e.harness import waiting
from e2e.harness.environment import Skip

NOT_OF_THE_STORE = "the address of the pages"


def scenario(env):
    env.watch("example.org")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        code, log = env.run_to_end(API_PORT=port, WEBHOOK_URL=None)
        assert code == 1, f"exit code {code}"
        assert str(port) in log
    process = env.start(API_HOST="localhost", WEBHOOK_URL=None)
    assert process.terminate() == 0
    process = env.start(API_HOST="0.0.0.0", WEBHOOK_URL=None)
    assert process.terminate() == 0
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        raise Skip(f"no IPv6 loopback: {error}") from error
    process = env.launch(API_HOST="::1", WEBHOOK_URL=None)
    process.host = "::1"
    process.wait_alive()
    env.feed.wait_for_client(3)
    waiting.until(lambda: process.healthz()[1]["watch_entries"] == 1, "the watch list")
