"""Waiting for things that happen elsewhere: always for a condition, always with a deadline, never for a time."""

import os
import random
import socket
import time

GENEROUS = 60.0  # Seconds. The machine may be slow and busy; a passing test never gets near it.

# A factor on every time limit, set by `e2e/run --patience` for slow builds.
PATIENCE = float(os.environ.get("CERTWATCH_E2E_PATIENCE") or 1)


class Expired(AssertionError):
    """The awaited condition did not come true in time."""


def until(condition, what, timeout=GENEROUS, interval=0.05):
    """Returns the first true value of condition(); raises Expired, naming `what`, when there is none in time.

    `what` may be a callable, so that the message can tell what was there instead.
    """
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Expired(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(interval)


def stays(condition, what, seconds, interval=0.1):
    """Fails as soon as condition() is false within `seconds`. Only for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"did not stay so for {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(interval)


def free_port():
    """A TCP port nobody listens on, below the ephemeral range, so that no outgoing connection takes it meanwhile."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000")
