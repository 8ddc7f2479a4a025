"""Where threads are not to be had, whichever of them, it says so and ends with 1, and never hangs or aborts."""

import os
import re
import shutil

from e2e.harness import waiting
from e2e.harness.environment import Skip

NEEDS_POSTGRES = "a database that a user with nothing to his name may write"
SECONDS = 60
_COMPLAINT = re.compile(r"no threads? to be had")


def scenario(env):
    if os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"):
        raise Skip("takes root, setpriv and prlimit: the limit is one of a user's")
    env.watch("example.org")
    ended = []
    # Each of its threads is the first one too many once.
    for most in range(1, 60):
        env.most_threads = most
        options = os.environ.get("ASAN_OPTIONS", "")
        process = env.launch(ASAN_OPTIONS=f"{options}:detect_leaks=0")
        waiting.until(lambda: not process.running or _is_well(process), f"with {most} threads it ends or is well")
        if process.running:
            break
        process.expected_exit = process.wait_exit()
        assert process.expected_exit == 1, f"exit code {process.expected_exit} with {most} threads"
        assert _COMPLAINT.search(process.log), f"with {most} threads it says only: {process.log}"
        ended.append(most)
    assert process.running, "it never became well"
    assert len(ended) > 15, ended


def _is_well(process):
    return process.readyz()[0] == 200
