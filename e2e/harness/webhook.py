"""A webhook receiver: records every request, answers as told.

By hand:  python3 -m e2e.harness.webhook --port 9000 [--status 500 --status 200] [--delay 1]
"""

import argparse
import base64
import contextlib
import dataclasses
import hashlib
import hmac
import json
import socket
import struct
import sys
import threading
import time

from e2e.harness import waiting, websocket
from e2e.harness.listener import Listener

_SIGNATURE_TOLERANCE = 300  # Seconds; what the Standard Webhooks libraries take.


@dataclasses.dataclass
class Answer:
    """How one request is answered."""

    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b"ok"
    delay: float = 0.0  # seconds before the first byte
    reset: bool = False  # RST instead of an answer
    hang: bool = False  # never an answer
    endless: int = 0  # a body of so many bytes
    dribble: float = 0.0  # seconds between single bytes of head and body
    raw: bytes = b""  # this instead of any HTTP, then the connection ends


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes
    at: float  # monotonic
    connection: int
    answered_at: float = None
    status: int = None
    bytes_taken: int = 0  # of the answer's body

    @property
    def json(self):
        return json.loads(self.body)


class Webhook(Listener):
    """Listens from construction on; .url is what goes into WEBHOOK_URL.

    `script` (a list of Answers or statuses) is used up first, then `default`. `decide`, if set, is called with each
    Request on its connection's thread before anything is answered, and may return an Answer.
    """

    def __init__(self, port=0, tls=None, path="/hook"):
        super().__init__(port)
        self.tls = tls
        self.path = path
        self.script = []
        self.default = Answer()
        self.decide = None
        self.requests = []  # in order of arrival
        self.most_connections = 0  # TCP connections open at once
        self.most_in_progress = 0  # requests being answered at once
        self._kept = set()
        self._open = 0
        self._busy = 0
        self._connections = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self.listen()

    @property
    def url(self):
        scheme, host = ("https", "localhost") if self.tls is not None else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}{self.path}"

    def close(self):
        self._closing.set()
        self.refuse()

    def wait_for(self, count, timeout=waiting.GENEROUS, where=lambda request: True):
        """Waits for `count` requests (for which `where` holds) in all; returns them."""

        def found():
            return [request for request in self.requests if where(request)]

        timeout = min(timeout * waiting.PATIENCE, threading.TIMEOUT_MAX)
        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout):
                raise waiting.Expired(f"{len(found())} of {count} webhook requests after {timeout:g} s")
            return found()

    def wait_answered(self, count, timeout=waiting.GENEROUS):
        """Like wait_for, for requests that have had their answer."""
        return self.wait_for(count, timeout, lambda request: request.answered_at is not None)

    def payloads(self):
        return [request.json for request in list(self.requests)]

    def refuse(self):
        """The receiver is gone: nobody listens, and the connections that were kept are closed."""
        super().refuse()
        for sock in list(self._kept):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _taken(self, sock):
        self._connections += 1
        threading.Thread(target=self._serve, args=(sock, self._connections), daemon=True).start()

    def _serve(self, sock, number):
        with self._changed:
            self._open += 1
            self.most_connections = max(self.most_connections, self._open)
        self._kept.add(sock)
        raw = sock
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock.makefile("rb") as stream:
                while self._exchange(sock, stream, number):
                    pass
        except (OSError, ValueError, websocket.Ended):
            pass
        finally:
            self._kept.discard(raw)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()
            sock.close()

    def _exchange(self, sock, stream, number):
        """One request and its answer; false when the connection is to end."""
        line, headers = websocket.read_head(stream)
        if "100-continue" in headers.get("expect", ""):
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        method, path = line.split(" ")[:2]
        body = websocket.read_exactly(stream, int(headers.get("content-length", "0")))
        request = Request(method, path, headers, body, time.monotonic(), number)
        with self._changed:
            self.requests.append(request)
            answer = self.script.pop(0) if self.script else self.default
            self._busy += 1
            self.most_in_progress = max(self.most_in_progress, self._busy)
            self._changed.notify_all()
        try:
            if self.decide is not None:
                answer = self.decide(request) or answer
            if isinstance(answer, int):
                answer = Answer(answer)
            self._answer(sock, request, answer)
        finally:
            with self._changed:
                self._busy -= 1
                request.answered_at = time.monotonic()
                request.status = answer.status if isinstance(answer, Answer) else None
                self._changed.notify_all()
        return not (answer.reset or answer.hang or answer.raw) and headers.get("connection", "").lower() != "close"

    def _answer(self, sock, request, answer):
        if answer.delay:
            self._closing.wait(answer.delay)
        if answer.hang:
            self._closing.wait(3600)
            return
        if answer.reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if answer.raw:
            sock.sendall(answer.raw)
            return
        size = answer.endless or len(answer.body)
        head = [f"HTTP/1.1 {answer.status} As Told", f"Content-Length: {size}", "Content-Type: text/plain"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        data = ("\r\n".join(head) + "\r\n\r\n").encode()
        if not answer.endless:
            data += answer.body
        if answer.dribble:
            for at in range(len(data)):
                if self._closing.wait(answer.dribble):
                    return
                sock.sendall(data[at : at + 1])
        else:
            sock.sendall(data)
        block = b"x" * 65536
        while request.bytes_taken < answer.endless:
            piece = block[: answer.endless - request.bytes_taken]
            sock.sendall(piece)
            request.bytes_taken += len(piece)


def signature(secret, message_id, timestamp, body):
    """The `v1` signature of the Standard Webhooks specification, written from its text.

    `secret` is base64, with or without the `whsec_` in front. https://www.standardwebhooks.com
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def verify(request, secret, now=None):
    """Raises AssertionError unless `request` is signed with `secret` as a receiver must demand."""
    message_id = request.headers["webhook-id"]
    timestamp = request.headers["webhook-timestamp"]
    age = abs((time.time() if now is None else now) - int(timestamp))
    assert age <= _SIGNATURE_TOLERANCE, f"webhook-timestamp is {age} s off"
    expected = signature(secret, message_id, timestamp, request.body)
    given = request.headers["webhook-signature"].split(" ")
    assert any(hmac.compare_digest(one, expected) for one in given), f"{given} is not {expected}"


def main():
    parser = argparse.ArgumentParser(description="Receive webhooks and print them, one JSON line each.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--path", default="/hook")
    parser.add_argument("--status", type=int, action="append", default=[], help="answers in order; then the last one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--secret", help="verify the Standard Webhooks signature with this secret")
    arguments = parser.parse_args()
    webhook = Webhook(arguments.port, path=arguments.path)
    statuses = arguments.status or [200]
    webhook.script = [Answer(status, delay=arguments.delay) for status in statuses[:-1]]
    webhook.default = Answer(statuses[-1], delay=arguments.delay)
    print(f"WEBHOOK_URL={webhook.url}", file=sys.stderr, flush=True)
    seen = 0
    try:
        while True:
            request = webhook.wait_for(seen + 1, timeout=threading.TIMEOUT_MAX)[seen]
            seen += 1
            record = {"method": request.method, "path": request.path, "headers": request.headers}
            try:
                record["body"] = request.json
            except ValueError:
                record["body"] = request.body.decode("latin-1")
            if arguments.secret:
                try:
                    verify(request, arguments.secret)
                    record["signature"] = "good"
                except (AssertionError, KeyError) as error:
                    record["signature"] = f"bad: {error}"
            print(json.dumps(record), flush=True)
    except KeyboardInterrupt:
        webhook.close()


if __name__ == "__main__":
    main()
