"""The binary under test: start, look at its pages, end it, kill it."""

import atexit
import functools
import http.client
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from e2e.harness import waiting

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

_SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
_SANITIZER_REPORT = re.compile(
    rb"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|: runtime error: |LeakSanitizer|UndefinedBehaviorSanitizer"
    rb"|terminate called|Assertion .* failed"
)
_SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def binary():
    """The binary's path: CERTWATCH_BIN, else the release build."""
    path = os.environ.get("CERTWATCH_BIN")
    return pathlib.Path(path).resolve() if path else REPOSITORY / "build" / "release" / "certwatch"


@functools.lru_cache(None)
def sanitized():
    """Whether the binary is built with a sanitizer: then it is slow, and its memory says nothing."""
    content = binary().read_bytes()
    return any(mark in content for mark in (b"__asan_init", b"__tsan_init", b"__ubsan_handle"))


def sanitizer_options():
    """What of our environment a binary with a sanitizer needs."""
    return {name: os.environ[name] for name in _SANITIZERS if name in os.environ}


def with_other_files(files):
    """A command's beginning: it runs in a mount namespace of its own, where other files are in the place of these."""
    mounts = "".join(f"mount --bind {shlex.quote(str(other))} {path} && " for path, other in files.items())
    return ["unshare", "--mount", "sh", "-c", f'{mounts}exec "$@"', "sh"]


@functools.lru_cache(None)
def _few_threads():
    """Path of a library that bounds the threads of the process that it is loaded into."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    source = pathlib.Path(__file__).with_name("few_threads.c")
    library = pathlib.Path(folder.name) / "few_threads.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


class Metrics:
    """One reading of /metrics."""

    def __init__(self, text):
        self.text = text
        self.samples = []  # (name, {label: value}, number)
        self.types = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.types[name] = kind
            elif line and not line.startswith("#"):
                match = _SAMPLE.match(line)
                assert match, f"no line of the exposition format: {line!r}"
                labels = {name: _unescaped(value) for name, value in _LABEL.findall(match[2] or "")}
                self.samples.append((match[1], labels, float(match[3])))

    def value(self, name, **labels):
        """The sum over all samples of this name that have these labels; 0 when there is none."""
        return sum(number for other, has, number in self.samples if other == name and labels.items() <= has.items())

    def exists(self, name):
        return any(other == name for other, _, _ in self.samples)

    def labels(self, name, label):
        """The values a label takes."""
        return {has[label] for other, has, _ in self.samples if other == name and label in has}


def _unescaped(value):
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)


class Certwatch:
    """One process. `.url`-less: everything goes through get(), healthz(), readyz(), metrics().

    Its stdout and stderr go to the file `log`, or stderr to a descriptor of the caller's.
    `other_files`: what it sees in the place of files, {path: path of another}; takes root and `unshare`.
    """

    def __init__(self, environment, log, arguments=(), host="127.0.0.1", powerless=False, stderr=None, most_threads=None,
                 without_descriptors=False, other_files=None):
        self.host = host
        self.port = int(environment.get("API_PORT") or 8765) if str(environment.get("API_PORT", "")).isdigit() else 0
        self.log_path = pathlib.Path(log)
        self.started_at = time.monotonic()
        full = {name: str(value) for name, value in environment.items() if value is not None}
        full.setdefault("PATH", os.environ.get("PATH", "/usr/bin:/bin"))
        full = {**sanitizer_options(), **full}
        command = [str(binary()), *arguments]
        if without_descriptors:
            command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
        if shutil.which("setpriv"):
            # Root without capabilities may write what its permissions say, as any user.
            powers = ["--bounding-set=-all", "--inh-caps=-all"] if powerless and os.geteuid() == 0 else []
            command = ["setpriv", "--pdeathsig=KILL", *powers, "--", *command]
        if most_threads is not None:
            full.update(LD_PRELOAD=_few_threads(), MOST_THREADS=str(most_threads))
        if other_files:
            command = [*with_other_files(other_files), *command]
        with open(self.log_path, "ab") as log_file:
            self._process = subprocess.Popen(
                command, env=full, stdin=subprocess.DEVNULL, stdout=log_file,
                stderr=log_file if stderr is None else stderr, cwd=self.log_path.parent,
            )
        self.pid = self._process.pid
        self.expected_exit = 0

    @property
    def running(self):
        return self._process.poll() is None

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def get(self, path, timeout=20, method="GET"):
        """(status, body as text, headers)."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, response.read().decode(), headers
        finally:
            connection.close()

    def _json(self, path):
        try:
            status, body, _ = self.get(path)
        except (OSError, http.client.HTTPException):
            return None, {}
        return status, json.loads(body)

    def healthz(self):
        """(status, object); (None, {}) while nobody answers."""
        return self._json("/healthz")

    def readyz(self):
        return self._json("/readyz")

    def metrics(self):
        status, body, _ = self.get("/metrics")
        assert status == 200, f"/metrics: {status}"
        return Metrics(body)

    def metric(self, name, **labels):
        """Now's value, summed over the labels that are not given; 0 when there is none."""
        return self.metrics().value(name, **labels)

    def wait_metric(self, name, at_least=None, equals=None, timeout=waiting.GENEROUS, **labels):
        """Waits until a metric has reached a value; returns it."""
        last = None

        def reached():
            nonlocal last
            try:
                last = self.metric(name, **labels)
            except (OSError, http.client.HTTPException):
                return None
            good = last == equals if at_least is None else last >= at_least
            return (last,) if good else None

        wanted = f"= {equals}" if at_least is None else f">= {at_least}"
        return waiting.until(reached, lambda: f"{name}{labels or ''} {wanted} (is {last})", timeout)[0]

    def wait_alive(self, timeout=waiting.GENEROUS):
        """Waits until /healthz answers 200."""
        self._wait(lambda: self.healthz()[0] == 200, "/healthz says 200", timeout)

    def wait_ready(self, timeout=waiting.GENEROUS):
        """Waits until /readyz says 200: database, watch list and every feed are well."""
        self._wait(lambda: self.readyz()[0] == 200, lambda: f"/readyz says 200: {self.readyz()}", timeout)

    def wait_unready(self, timeout=waiting.GENEROUS):
        """Waits until /readyz says 503; returns its object."""
        self._wait(lambda: self.readyz()[0] == 503, "/readyz says 503", timeout)
        return self.readyz()[1]

    def wait_log(self, pattern, timeout=waiting.GENEROUS):
        """Waits until a regular expression is found in the log (any case); returns the match."""
        expression = re.compile(pattern, re.IGNORECASE)
        return waiting.until(lambda: expression.search(self.log), f"the log says {pattern!r}", timeout)

    def _wait(self, condition, what, timeout):
        def check():
            assert self.running, f"certwatch ended with exit code {self._process.returncode}"
            return condition()

        waiting.until(check, what, timeout)

    def signal(self, number):
        self._process.send_signal(number)

    def wait_exit(self, timeout=waiting.GENEROUS):
        """The exit code; negative after a signal."""
        timeout *= waiting.PATIENCE
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise waiting.Expired(f"certwatch is still running after {timeout:g} s") from error

    def terminate(self, timeout=30):
        """SIGTERM, and its exit code."""
        if self.running:
            self._process.terminate()
        return self.wait_exit(timeout)

    def kill9(self):
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """SIGSTOP: the process lives and does nothing."""
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def resident(self, peak=False):
        """Resident memory in bytes, now or at its peak."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status)[1]) * 1024

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def complaints(self):
        """What no run may leave behind in the log: sanitizer reports, raw control characters, bytes that are no UTF-8."""
        content = self.log_path.read_bytes()
        found = []
        if match := _SANITIZER_REPORT.search(content):
            found.append("in the log: " + content[match.start() : match.start() + 300].decode(errors="replace"))
        if match := re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", content):
            start = max(0, match.start() - 80)
            found.append(f"raw control character in the log: {content[start : match.end() + 40]!r}")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            found.append(f"the log is no UTF-8: {error}")
        if content and len(longest := max(content.split(b"\n"), key=len)) > 16384:
            found.append(f"a log line of {len(longest)} bytes: {longest[:200]!r}")
        return found
