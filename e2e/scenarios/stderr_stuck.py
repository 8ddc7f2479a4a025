"""A log that nobody reads holds up no alert, no page and no end; whoever reads it again is told how many lines are missing."""

import fcntl
import os
import re
import time

from e2e.harness import certwatch, waiting
from e2e.harness.messages import Certificate

SECONDS = 60
_COUNT = 1200
_LOST = re.compile(r"warning lines of the log were lost: nobody read them lines=(\d+)")


def _names(number):
    # Long, so that the lines are.
    return [f"{letter * 60}.host-{number}.example.org" for letter in "abcdefgh"]


class _Pipe:
    """stderr as a supervisor has it, that reads only when it is told to."""

    def __init__(self):
        self._reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self._reader, False)
        self.text = ""

    def read(self):
        try:
            while content := os.read(self._reader, 65536):
                self.text += content.decode()
        except BlockingIOError:
            pass
        return self.text

    def close(self):
        os.close(self._reader)
        os.close(self.writer)


def scenario(env):
    env.watch("example.org")
    limit = 15 if certwatch.sanitized() else 5
    pipe = env.keep(_Pipe())
    process = env.launch(stderr=pipe.writer)
    env.feed.wait_for_client(1)
    certificates = [Certificate(*_names(number)) for number in range(_COUNT)]
    env.feed.send(*(certificate.message() for certificate in certificates))
    env.wait_settled(_COUNT, timeout=120)
    assert process.healthz()[0] == 200, process.healthz()
    assert process.readyz()[0] == 200, process.readyz()

    # Somebody reads again: what is missing is told, and the log goes on.
    waiting.until(lambda: _LOST.search(pipe.read()), "the log tells what was lost")
    env.feed.send(Certificate("after.example.org").message())
    waiting.until(lambda: "after.example.org" in pipe.read(), "the log goes on")
    lost = sum(map(int, _LOST.findall(pipe.text)))
    recorded = len(re.findall(r"info match recorded .*host-", pipe.text))
    assert 0 < recorded < _COUNT, recorded
    assert lost >= _COUNT - recorded, f"{lost} lines lost, {recorded} of {_COUNT} seen"
    for line in pipe.text.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z \w+ ", line), line

    # Stuck once more, and asked to end.
    env.wait_settled(_COUNT + 1)
    more = [Certificate(*_names(_COUNT + number)) for number in range(50)]
    env.feed.send(*(certificate.message() for certificate in more))
    env.wait_settled(_COUNT + 1 + len(more))
    begun = time.monotonic()
    assert process.terminate() == 0
    took = time.monotonic() - begun
    assert took < limit, f"{took:.1f} s"
