"""A webhook that notes when the first byte of each request came, in a process of its own.

    receiver = Receiver()      receiver.url
    receiver.arrivals()        {what: Unix time}: of certwatch's events by fingerprint, of bare POSTs by their X-Name
"""

import json
import pathlib
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class Receiver:
    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.measure.receiver"], cwd=_REPOSITORY, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def arrivals(self):
        with tempfile.NamedTemporaryFile("r") as file:
            self._process.stdin.write(file.name + "\n")
            self._process.stdin.flush()
            self._process.stdout.readline()
            return json.load(file)

    def close(self):
        self._process.kill()
        self._process.wait()


class _Connection:
    def __init__(self, sock):
        self.sock = sock
        self.data = b""
        self.began_at = None

    def read(self, arrivals):
        """False when the client has gone."""
        try:
            data = self.sock.recv(1 << 16)
        except OSError:
            return False
        now = time.time()
        if not data:
            return False
        if not self.data:
            self.began_at = now
        self.data += data
        while self._take_request(arrivals):
            self.began_at = now
        return True

    def _take_request(self, arrivals):
        head, separator, rest = self.data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if not separator or len(rest) < size:
            return False
        name = re.search(rb"(?i)\r\nx-name: *(\S+)", head)
        key = name[1].decode() if name else json.loads(rest[:size])["fingerprint_sha1"]
        arrivals.setdefault(key, self.began_at)
        self.data = rest[size:]
        self.sock.sendall(_ANSWER)
        return bool(self.data)


def _serve():
    arrivals = {}
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(sock, selectors.EVENT_READ, _Connection(sock))
            elif key.fileobj is sys.stdin:
                path = sys.stdin.readline().strip()
                if not path:
                    return
                pathlib.Path(path).write_text(json.dumps(arrivals))
                print("written", flush=True)
            elif not key.data.read(arrivals):
                selector.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    _serve()
