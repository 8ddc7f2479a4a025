"""Clients of the pages that are idle, slow, many or rude do not take the pages from the others, nor the reader its time."""

import select
import socket
import threading

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "clients of the pages"
SECONDS = 15


class Idle:
    """So many connections on which nothing is ever said. Whatever the server closes is made anew at once."""

    def __init__(self, address, number):
        self._address = address
        self._ending = threading.Event()
        self._sockets = {}
        self._poll = select.poll()
        for _ in range(number):
            self._add()
        self._thread = threading.Thread(target=self._renew)
        self._thread.start()

    def _add(self):
        sock = socket.create_connection(self._address, 10)
        self._sockets[sock.fileno()] = sock
        self._poll.register(sock, select.POLLIN)

    def _renew(self):
        while not self._ending.is_set():
            for descriptor, _ in self._poll.poll(100):
                self._poll.unregister(descriptor)
                self._sockets.pop(descriptor).close()
                self._add()

    def close(self):
        self._ending.set()
        self._thread.join()
        for sock in self._sockets.values():
            sock.close()


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None)
    held = []
    for number in range(60):
        sock = socket.create_connection((process.host, process.port), 10)
        if number % 3 == 1:
            sock.sendall(b"GET /healthz HT")
        elif number % 3 == 2:
            sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")  # and never reads
        held.append(sock)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1, "severity = 'suspicious'")
    for rude in (b"\x00" * 100, b"GET\r\n\r\n", b"GET /healthz HTTP/9.9\r\n\r\n", b"X" * 200_000,
                 b"POST /healthz HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                 b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 20_000):
        with socket.create_connection((process.host, process.port), 10) as sock:
            try:
                sock.sendall(rude)
            except OSError:
                pass
    process.wait_alive()
    assert process.get("/healthz", timeout=60)[0] == 200
    for sock in held:
        sock.close()
    process.wait_alive()
    assert process.get("/metrics")[0] == 200

    # As many as it holds, and more: each one too many takes the place of the oldest, once that has had its time.
    for number, probes in ((200, 200), (400, 40)):
        idle = Idle((process.host, process.port), number)
        try:
            failed = [status for _ in range(probes) if (status := process.healthz()[0]) != 200]
        finally:
            idle.close()
        assert not failed, f"{len(failed)} of {probes} probes beside {number} idle connections: {set(failed)}"
