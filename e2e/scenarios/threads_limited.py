"""Where threads are not to be had, whichever of them, it says so and ends with 1, and never hangs or aborts."""

import contextlib
import os
import re

from e2e.harness import waiting
from e2e.harness.messages import Certificate

SECONDS = 60
_COMPLAINT = re.compile(r"no threads? to be had")


def scenario(env):
    env.watch("example.org")
    ended = []
    # Each of its threads is the first one too many once.
    for most in range(1, 60):
        env.most_threads = most
        options = os.environ.get("ASAN_OPTIONS", "")
        # Its limit on threads is a library that is loaded before the sanitizer's.
        process = env.launch(ASAN_OPTIONS=f"{options}:detect_leaks=0:verify_asan_link_order=0")
        if _works(env, process, most):
            break
        process.expected_exit = process.wait_exit()
        assert process.expected_exit == 1, f"exit code {process.expected_exit} with {most} threads"
        assert _COMPLAINT.search(process.log), f"with {most} threads it says only: {process.log}"
        ended.append(most)
    assert process.running, "it never became well"
    assert len(ended) > 15, ended


def _works(env, process, most):
    """Waits until it tells the webhook what a feed brings, or has ended: it may be ready before its last thread."""

    def ended_or(condition):
        waiting.until(lambda: not process.running or condition(), f"with {most} threads it ends or works")
        return process.running

    told = len(env.webhook.requests)
    if ended_or(lambda: process.readyz()[0] == 200 and env.feed.clients):
        with contextlib.suppress(OSError):
            env.feed.connections[-1].send(Certificate("www.example.org").message())
        ended_or(lambda: len(env.webhook.requests) > told)
    return process.running
