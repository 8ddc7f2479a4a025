"""The database's machine vanishes without a word, no FIN, no RST: noticed within 30 seconds, and found again elsewhere.

Two network namespaces play the two machines; needs root and `ip`.
"""

import os
import shutil
import subprocess
import time

from e2e.harness.environment import Skip
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a server on another machine"
SECONDS = 70
TIME_LIMIT = 400


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def scenario(env):
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise Skip("needs root and ip")
    tag = f"cw{os.getpid() % 100000}"
    octet = os.getpid() % 250 + 1
    here, there = f"10.213.{octet}.1", f"10.213.{octet}.2"
    relay = None
    try:
        try:
            _ip("netns", "add", tag)
            _ip("link", "add", f"{tag}a", "type", "veth", "peer", "name", f"{tag}b")
            _ip("link", "set", f"{tag}b", "netns", tag)
            _ip("addr", "add", f"{here}/24", "dev", f"{tag}a")
            _ip("link", "set", f"{tag}a", "up")
            _ip("-n", tag, "addr", "add", f"{there}/24", "dev", f"{tag}b")
            _ip("-n", tag, "link", "set", f"{tag}b", "up")
        except subprocess.CalledProcessError as error:
            raise Skip(f"no network namespaces: {error.stderr.strip()}") from error
        # The database's other address: a relay in the namespace, to the server's socket, which every namespace sees.
        socket_path = env.database.server.folder / f".s.PGSQL.{env.database.server.port}"
        relay = subprocess.Popen(
            ["ip", "netns", "exec", tag, shutil.which("python3"), "-c", _RELAY, there, str(socket_path)],
            stdout=subprocess.PIPE,
        )
        assert relay.stdout.readline(), "the relay did not start"
        env.watch("example.org")
        dsn = env.database.dsn.replace(f"127.0.0.1:{env.database.server.port}", f"{there}:5432")
        process = env.start(POSTGRES_DSN=dsn, WATCH_REFRESH_INTERVAL_S=1)
        env.feed.send(Certificate("www.example.org").message())
        env.wait_settled(1)
        _ip("link", "set", f"{tag}a", "down")
        begun = time.monotonic()
        env.feed.send(*(Certificate(f"host-{number}.example.org").message() for number in range(20)))
        process.wait_metric("certwatch_store_up", equals=0, timeout=90)
        took = time.monotonic() - begun
        assert took < 45, f"noticed after {took:.0f} s"
        assert process.healthz()[0] == 200
        _ip("link", "set", f"{tag}a", "up")
        env.wait_settled(21, timeout=120)
        process.wait_ready()
    finally:
        if relay is not None:
            relay.kill()
            relay.wait()
        subprocess.run(["ip", "link", "del", f"{tag}a"], capture_output=True)
        subprocess.run(["ip", "netns", "del", tag], capture_output=True)


_RELAY = """
import socket, sys, threading
listener = socket.create_server((sys.argv[1], 5432))
print("up", flush=True)
def forward(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for one in (source, target):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
while True:
    client, _ = listener.accept()
    server = socket.socket(socket.AF_UNIX)
    server.connect(sys.argv[2])
    threading.Thread(target=forward, args=(client, server), daemon=True).start()
    threading.Thread(target=forward, args=(server, client), daemon=True).start()
"""
