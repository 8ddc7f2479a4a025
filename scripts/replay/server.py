"""A certstream server for scripts/quickstart: plays recorded messages, and in between certificates for one domain.

    python3 scripts/replay/server.py --own FILE DOMAIN

Writes the certificate that is to be ours into FILE (DER), prints the address to connect to, and plays at a natural pace
until it is ended, to whoever is connected: recorded messages over and over; among them, once, two issuances for DOMAIN,
each first as precertificate and then as certificate: one whose certificate is in FILE, and one by somebody else.

recorded.jsonl holds what certstream-server-go 1.9.0 wrote for live entries of public logs in May 2026.
"""

import argparse
import itertools
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from e2e.harness.feed import Feed, from_file  # noqa: E402
from e2e.harness.messages import Certificate, Log  # noqa: E402

_PAUSE = 0.2  # Seconds between messages.
_RECORDED = pathlib.Path(__file__).with_name("recorded.jsonl")
_STRANGER = {"C": "XX", "CN": "Somebody Else's Authority", "O": "Somebody Else"}


def _story(own, foreign):
    """(number of recorded messages before it, what is told, message)."""
    log, other_log = Log("First Replayed Log"), Log("Second Replayed Log")
    yield 10, "the precertificate of a renewal of ours", own.message("precertificate", log=log)
    yield 20, "its certificate: the same issuance, no second alert", own.message("certificate", log=other_log)
    yield 30, "a precertificate that somebody else obtained", foreign.message("precertificate", log=log)
    yield 40, "its certificate: the same issuance, no second alert", foreign.message("certificate", log=other_log)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain", metavar="DOMAIN")
    parser.add_argument("--own", metavar="FILE", required=True, help="where to write the certificate that is ours")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    arguments = parser.parse_args()

    domain = arguments.domain.strip().strip(".").removeprefix("*.").encode("idna").decode()
    own, foreign = Certificate(f"www.{domain}"), Certificate(f"login.{domain}", issuer=_STRANGER)
    pathlib.Path(arguments.own).write_bytes(own.der())
    feed = Feed(arguments.port)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(feed.url, flush=True)
    story = list(_story(own, foreign))
    for count, message in enumerate(itertools.cycle(from_file(_RECORDED)), 1):
        while not feed.clients and not ended.wait(_PAUSE):
            pass
        if ended.wait(_PAUSE):
            break
        _play(feed, message)
        if story and story[0][0] == count:
            _, what, told = story.pop(0)
            print(f"replay: {what}", file=sys.stderr, flush=True)
            _play(feed, told)
    feed.close()


def _play(feed, message):
    for connection in feed.clients:
        try:
            connection.send(message)
        except OSError:
            pass  # A client that has just gone.


if __name__ == "__main__":
    main()
