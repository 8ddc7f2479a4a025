"""The C++ programs: the feed that plays messages, and the floors."""

import json
import os
import pathlib
import queue
import subprocess
import threading

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

# What is measured: the release build, beside which the preset "bench" builds the benchmarks, unless another one is named.
os.environ.setdefault("CERTWATCH_BIN", str(REPOSITORY / "build" / "release" / "certwatch"))


def program(name):
    """Built by `cmake --preset bench && cmake --build --preset bench`; BENCH_PROGRAMS names another folder."""
    folder = pathlib.Path(os.environ.get("BENCH_PROGRAMS") or REPOSITORY / "build" / "release" / "bench")
    path = folder / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: cmake --preset bench && cmake --build --preset bench")
    return str(path)


class Feed:
    """bench_feed: plays messages to the one client that is connected."""

    def __init__(self, *options, tls=None):
        command = [program("bench_feed"), *map(str, options)]
        if tls is not None:
            command += ["--tls", *map(str, tls)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._scheme, self._host = ("wss", "localhost") if tls is not None else ("ws", "127.0.0.1")
        listening = self.wait("listening")
        self.port = listening["port"]
        self.mean_size = listening["mean_size"]
        self.mean_size_on_wire = listening["mean_size_on_wire"]

    @property
    def url(self):
        return f"{self._scheme}://{self._host}:{self.port}/full-stream"

    def _read(self):
        for line in self._process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def wait(self, name, timeout=120):
        """The next event of that name; others are passed over."""
        while True:
            event = self._events.get(timeout=timeout)
            if event is None:
                raise SystemExit("bench_feed has ended")
            if event["event"] == name:
                return event

    def _tell(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def play(self, count, hits_percent=0, rate=0, ends=False, file="-"):
        """Plays, and returns what came of it, once the client has read the last message."""
        self._tell(f"play {count} {hits_percent} {rate} {'end' if ends else 'stay'} {file}")
        played = self.wait("played", 600)
        assert played["complete"], f"the client was lost: {played}"
        return played

    def prepare(self, hits, file):
        """Makes the next hits; `file` gets their rows for COPY public.certs."""
        self._tell(f"prepare {hits} {file}")
        self.wait("prepared")

    def close(self):
        self._process.kill()
        self._process.wait()


class Floor:
    """bench_floor: what receiving costs at the least. `kind` is "bare" or "index"."""

    def __init__(self, kind, feed, processors, authority=None):
        self.kind = kind
        environment = dict(os.environ)
        if kind == "bare":
            command = [program("bench_floor"), "--bare", str(feed.port)]
            command += [str(authority)] if authority else []
        else:
            command = [program("bench_floor"), "--index", feed.url]
            if authority:
                environment["SSL_CERT_FILE"] = str(authority)
        with processors.measured():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        self.pid = self._process.pid
        feed.wait("connected")

    @property
    def ends(self):
        """A bare receiver knows the end only by the connection's."""
        return self.kind == "bare"

    def close(self):
        self._process.kill()
        self._process.wait()
