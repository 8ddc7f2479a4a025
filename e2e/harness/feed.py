"""A certstream server: plays messages over a real websocket on 127.0.0.1.

By hand:  python3 -m e2e.harness.feed --port 8080 --rate 5 messages.jsonl
"""

import argparse
import json
import pathlib
import socket
import struct
import sys
import threading
import time

from e2e.harness import waiting, websocket
from e2e.harness.listener import Listener
from e2e.harness.messages import encoded
from e2e.harness.websocket import BINARY, CLOSE, PING, PONG, TEXT

# What a new connection meets. Anything but NORMAL is a server in trouble.
NORMAL = "normal"
SILENT_HANDSHAKE = "silent"  # takes the TCP connection and never answers the request
REJECTING = "rejecting"  # 503
GARBAGE_HANDSHAKE = "garbage"  # bytes that are no HTTP
DROPPING = "dropping"  # closes at once


class Connection:
    """One client. What it sent is in .pings and .pongs (lists of (monotonic time, payload)) and .frames_received."""

    def __init__(self, feed, sock, number):
        self._feed = feed
        self._sock = sock
        self._write_lock = threading.Lock()
        self.number = number
        self.connected_at = time.monotonic()
        self.ended_at = None
        self.path = None
        self.headers = {}
        self.deflate = False
        self.pings = []
        self.pongs = []
        self.frames_received = []
        self.close_code = None
        self.answers_pings = feed.answers_pings

    @property
    def alive(self):
        return self.ended_at is None

    def send_bytes(self, data):
        """Raw bytes, whatever they are: garbage, captured frames."""
        with self._write_lock:
            self._sock.sendall(data)

    def send(self, message, opcode=TEXT, style="server", deflate=None):
        """One message: a dict (written as JSON), text, or bytes. See websocket.message_frames for `style`."""
        payload = encoded(message)
        squeeze = self.deflate if deflate is None else deflate
        if squeeze:
            payload = websocket.compressed(payload)
        self.send_bytes(b"".join(websocket.message_frames(opcode, payload, style, rsv1=squeeze)))

    def ping(self, payload=b""):
        self.send_bytes(websocket.frame(PING, payload))

    def close(self, code=1000, reason=b""):
        """The clean way: a close frame; the connection ends when the client has answered it."""
        self.send_bytes(websocket.frame(CLOSE, struct.pack(">H", code) + reason))

    def drop(self, reset=False):
        """The other way: the TCP connection ends, with RST if `reset`."""
        if reset:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            # The reading thread wakes up and closes the socket: only then is it really closed.
            self._sock.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
        except OSError:
            pass

    def _serve(self):
        stream = self._sock.makefile("rb")
        try:
            if self._shake_hands(stream):
                self._feed._joined(self)
                self._read(stream)
        except (OSError, ValueError, websocket.Ended):
            pass
        finally:
            self.ended_at = time.monotonic()
            self._feed._left(self)
            stream.close()
            self._sock.close()

    def _shake_hands(self, stream):
        feed = self._feed
        if feed.tls is not None:
            self._sock = feed.tls.wrap_socket(self._sock, server_side=True)
            stream = self._stream = self._sock.makefile("rb")
        if feed.behaviour == SILENT_HANDSHAKE:
            stream.read()
            return False
        if feed.behaviour == DROPPING:
            return False
        request, self.headers = websocket.read_head(stream)
        self.path = request.split(" ")[1]
        if feed.behaviour == REJECTING:
            self.send_bytes(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if feed.behaviour == GARBAGE_HANDSHAKE:
            self.send_bytes(b"\x00\xff\x13\x37" * 1000 + b"\r\n\r\n")
            return False
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {websocket.accept_key(self.headers.get('sec-websocket-key', ''))}",
        ]
        if feed.deflate and "permessage-deflate" in self.headers.get("sec-websocket-extensions", ""):
            self.deflate = True
            lines.append(
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            )
        self.send_bytes(("\r\n".join(lines) + "\r\n\r\n").encode())
        return True

    def _read(self, stream):
        stream = getattr(self, "_stream", stream)
        while True:
            opcode, payload, _, _, masked = websocket.read_frame(stream)
            now = time.monotonic()
            self.frames_received.append((now, opcode, len(payload), masked))
            if opcode == PING:
                self.pings.append((now, payload))
                if self.answers_pings:
                    self.send_bytes(websocket.frame(PONG, payload))
            elif opcode == PONG:
                self.pongs.append((now, payload))
            elif opcode == CLOSE:
                self.close_code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                self.send_bytes(websocket.frame(CLOSE, payload[:2]))
                return


class Feed(Listener):
    """Listens from construction on; .url is what goes into CERTSTREAM_URL.

    .behaviour, .answers_pings and .greeting (messages sent to every new client) count for connections to come.
    """

    def __init__(self, port=0, tls=None, deflate=False, path="/full-stream"):
        super().__init__(port)
        self.tls = tls
        self.deflate = deflate
        self.path = path
        self.behaviour = NORMAL
        self.answers_pings = True
        self.greeting = []
        self.attempts = []  # monotonic times of TCP connections
        self.connections = []  # those whose handshake went well, in order
        self._changed = threading.Condition()
        self._all = []
        self.listen()

    @property
    def url(self):
        scheme, host = ("wss", "localhost") if self.tls is not None else ("ws", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}{self.path}"

    @property
    def name(self):
        """The `feed` label of metrics: host and port."""
        return self.url.split("/")[2]

    @property
    def clients(self):
        """The connections that are up."""
        with self._changed:
            return [connection for connection in self.connections if connection.alive]

    def close(self):
        self.refuse()
        for connection in list(self._all):
            if connection.alive:
                connection.drop()

    def wait_for_client(self, count=1, timeout=waiting.GENEROUS):
        """Waits until `count` connections have been made in all; returns the newest."""
        timeout *= waiting.PATIENCE
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.connections) >= count, timeout):
                raise waiting.Expired(
                    f"{len(self.connections)} of {count} websocket connections after {timeout:g} s "
                    f"({len(self.attempts)} TCP connections)"
                )
            return self.connections[-1]

    def wait_for_end(self, connection, timeout=waiting.GENEROUS):
        """Waits until this connection is no more."""
        timeout *= waiting.PATIENCE
        with self._changed:
            if not self._changed.wait_for(lambda: not connection.alive, timeout):
                raise waiting.Expired(f"the connection is still up after {timeout:g} s")

    def send(self, *messages, **how):
        """Sends each message to every client that is connected; waits for one if there is none."""
        waiting.until(lambda: self.clients, "no client to send to")
        for message in messages:
            for connection in self.clients:
                connection.send(message, **how)

    def _taken(self, sock):
        self.attempts.append(time.monotonic())
        connection = Connection(self, sock, len(self._all))
        self._all.append(connection)
        threading.Thread(target=connection._serve, daemon=True).start()

    def _joined(self, connection):
        for message in self.greeting:
            connection.send(message)
        with self._changed:
            connection.connected_at = time.monotonic()
            self.connections.append(connection)
            self._changed.notify_all()

    def _left(self, _):
        with self._changed:
            self._changed.notify_all()


def from_file(path):
    """The messages of a JSON-lines file, byte for byte, with the newline a server sends after each."""
    return [line + b"\n" for line in pathlib.Path(path).read_bytes().splitlines() if line.strip()]


def main():
    parser = argparse.ArgumentParser(description="Play certstream messages over a websocket, to every client alike.")
    parser.add_argument("files", nargs="*", help="JSON lines, one message a line; none: one heartbeat a second")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--rate", type=float, default=1.0, help="messages a second (default 1)")
    parser.add_argument("--repeat", action="store_true", help="start again at the end, until interrupted")
    parser.add_argument("--binary", action="store_true", help="binary messages instead of text")
    parser.add_argument("--deflate", action="store_true", help="agree to permessage-deflate")
    parser.add_argument("--fragments", metavar="STYLE", default="server", help="single, server, or a size in bytes")
    arguments = parser.parse_args()
    style = int(arguments.fragments) if arguments.fragments.isdigit() else arguments.fragments
    heartbeat = json.dumps({"message_type": "heartbeat", "timestamp": time.time()}).encode()
    messages = [message for path in arguments.files for message in from_file(path)] or [heartbeat]
    feed = Feed(arguments.port, deflate=arguments.deflate)
    print(f"CERTSTREAM_URL={feed.url}", flush=True)
    sent = 0
    try:
        while True:
            for message in messages:
                waiting.until(lambda: feed.clients, "no client", timeout=float("inf"), interval=0.2)
                for connection in feed.clients:
                    try:
                        connection.send(message, opcode=BINARY if arguments.binary else TEXT, style=style)
                    except OSError:
                        pass
                sent += 1
                print(f"\r{sent} messages to {len(feed.clients)} clients", end="", file=sys.stderr, flush=True)
                time.sleep(1 / arguments.rate)
            if not arguments.repeat and arguments.files:
                break
        waiting.until(lambda: not feed.clients, "clients left", timeout=float("inf"), interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        feed.close()


if __name__ == "__main__":
    main()
