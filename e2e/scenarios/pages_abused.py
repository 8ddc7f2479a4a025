"""Clients of the pages that are slow, many or rude do not take the pages from the others, nor the reader its time."""

import socket

from e2e.harness.messages import Certificate

SECONDS = 15


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
