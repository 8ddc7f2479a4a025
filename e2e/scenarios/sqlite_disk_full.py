"""A full disk: the stream is read on, matches wait, and all are on record when there is room again."""

import contextlib
import os
import subprocess

from e2e.harness import sqlite, waiting
from e2e.harness.environment import Skip
from e2e.harness.messages import Certificate

NEEDS_SQLITE = "a file system of its own"
SECONDS = 20
_EACH = 100


def scenario(env):
    folder = env.folder / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"no file system of its own: {done.stderr.strip()}")
    with contextlib.ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", "--lazy", str(folder)])
        _play(env, folder)


def _play(env, folder):
    env.use_database(sqlite.Database.fresh(folder / "embedded" / "certwatch.db"))
    env.watch("example.org")
    process = env.start()
    count = 0

    def send():
        nonlocal count
        env.feed.send(*(Certificate(f"host-{count + number}.example.org").message() for number in range(_EACH)))
        count += _EACH

    send()
    env.wait_settled(count)
    rubbish = folder / "rubbish"
    with contextlib.suppress(OSError), open(rubbish, "wb", buffering=0) as file:
        while True:
            file.write(os.urandom(4096))
    errors = process.metric("certwatch_store_errors_total")
    before = len(env.alerts())
    send()
    send()
    process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=count)
    process.wait_metric("certwatch_store_errors_total", at_least=errors + 2)
    process.wait_log("full")
    assert process.healthz()[0] == 200
    assert len(env.alerts()) < count, "there was room after all"
    assert len(env.alerts()) >= before
    assert "full" in str(process.wait_unready())
    waiting.stays(lambda: process.metric("certwatch_store_up") == 0, "not well while nothing can be recorded", seconds=5)
    rubbish.unlink()
    env.wait_settled(count, timeout=120)
    process.wait_ready()
    env.nothing_more(count)
    # On this file system, before it is gone.
    assert env.finish() == []
