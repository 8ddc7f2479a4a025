"""Started without standard descriptors nothing else takes their places: the log never goes into a socket or a database."""

import os

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    env.without_descriptors = True
    process = env.start()
    for number in (0, 1, 2):
        assert os.readlink(f"/proc/{process.pid}/fd/{number}") == "/dev/null"
    env.feed.send(Certificate("www.example.org").message())
    env.webhook.wait_for(1)
    assert process.terminate() == 0
