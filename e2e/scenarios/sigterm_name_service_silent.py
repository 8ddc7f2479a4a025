"""SIGTERM while the database is away and no name is answered for: what is not on record is on stderr, exit code 1.

The name service is silent in a mount namespace of certwatch's own; needs root and `unshare`.
"""

import os
import shutil
import socket
import subprocess
import time

from e2e.harness import certwatch
from e2e.harness.environment import Skip
from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a host name to look up"
SECONDS = 15
_NAME = "database.example"


def scenario(env):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        raise Skip("needs root and unshare")
    address = f"127.{1 + os.getpid() // 250 % 250}.{os.getpid() % 250}.53"
    env.other_files = {
        "/etc/hosts": env.folder / "hosts",
        "/etc/resolv.conf": env.folder / "resolv.conf",
        "/etc/nsswitch.conf": env.folder / "nsswitch.conf",
    }
    hosts = env.other_files["/etc/hosts"]
    hosts.write_text(f"127.0.0.1 {_NAME}\n")
    env.other_files["/etc/resolv.conf"].write_text(f"nameserver {address}\n")
    env.other_files["/etc/nsswitch.conf"].write_text("hosts: files dns\n")
    tried = subprocess.run([*certwatch.with_other_files(env.other_files), "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise Skip(f"no mount namespace: {tried.stderr.strip()}")
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        try:
            silent.bind((address, 53))
        except OSError as error:
            raise Skip(f"no name server on {address}: {error}") from error
        env.watch("example.org")
        outage = env.outage()
        dsn = outage.variables["POSTGRES_DSN"].replace("127.0.0.1", _NAME)
        process = env.start(POSTGRES_DSN=dsn)
        env.feed.send(Certificate("before.example.org").message())
        env.wait_alerts(1)
        hosts.write_text("")
        outage.begin()
        certificates = [Certificate(f"lost-{number}.example.org") for number in range(50)]
        env.feed.send(*(certificate.message() for certificate in certificates))
        process.wait_metric("certwatch_matches_total", equals=51)
        assert silent.recv(512), "no look-up has come here"
        process.expected_exit = 1
        begun = time.monotonic()
        assert process.terminate() == 1
        took = time.monotonic() - begun
        assert took < (15 if certwatch.sanitized() else 4), f"{took:.1f} s"
    told = process.log.replace(":", "").lower()
    for certificate in certificates:
        line = next((line for line in told.splitlines() if line.startswith("{") and certificate.names[0] in line), "")
        assert certificate.fingerprint() in line, f"{certificate.names[0]} is lost without a word"
