#!/usr/bin/env python3
"""The steps of scripts/test, once everything that they need is installed.

Compilers keep every core busy, scenarios mostly wait. So the builds run one after the other, and each step runs beside
them as soon as its own build is there.
"""

import argparse
import dataclasses
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = pathlib.Path("build/test")
CORES = len(os.sched_getaffinity(0))
_BEGUN = time.monotonic()
_SIGN_OF_LIFE = 20  # Seconds.
_LAST_LINE = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")
_SKIP = re.compile(r"^ *(skip|left out)", re.IGNORECASE)


# What is to be done


@dataclasses.dataclass
class Part:
    """A command of a step. It is one test, or counts tests itself: its last line is then "N passed, N failed"."""

    name: str
    command: list
    limit: int  # seconds
    counts: bool = True
    patient: bool = True  # lets others go first
    before: list = None  # a command to run first; the counting one says what came of it


@dataclasses.dataclass
class Step:
    name: str
    build: str  # what has to be built before; None: nothing
    parts: list


# Sanitizers of Debian 12 cannot start where the kernel randomises more address bits than they know.
_UNRANDOMISED = ["setarch", "-R"] if subprocess.run(["setarch", "-R", "true"], stderr=subprocess.DEVNULL).returncode == 0 else []


def _ctest(step, preset, *options):
    results = LOGS / f"{step}.xml"
    tests = [*_UNRANDOMISED, "ctest", "--test-dir", f"build/{preset}", "-j", CORES + 1, "--output-on-failure",
             "--test-output-size-passed", 1048576, "--test-output-size-failed", 1048576,
             "--output-junit", ROOT / results, *options]
    return Part(step, ["scripts/count-results", results], 2400, before=tests)


def _e2e(name, *options):
    # More at once than there are cores: they mostly wait. And they go first: some of them look at the time.
    return Part(name, ["e2e/run", "--jobs", 6 * CORES, *options], 3000, patient=False)


_RELEASE = "build/release/certwatch"
_BENCH = ["bench/run", "--quick", "--only", "memory,startup", "--entries", 10, "--json", LOGS / "bench.json"]

# Presets and their targets, in the order in which they are built. The preset `bench` is `release` and the benchmarks.
BUILDS = {"bench": "all", "dev": "all", "tsan": "all", "fuzz": "fuzz_targets"}
STEPS = [
    Step("format", None, [Part("format", ["scripts/format", "--check"], 300)]),
    Step("binary", "bench", [
        Part("binary, hardening", ["python3", "tests/architecture/hardening.py", _RELEASE], 120, counts=False),
        Part("binary, tables", ["python3", "tests/architecture/tables.py", _RELEASE], 120, counts=False),
    ]),
    Step("e2e", "bench", [
        Part("e2e, harness", ["e2e/harness_selftest"], 300, counts=False, patient=False),
        _e2e("e2e"),
        _e2e("e2e, SQLite", "--database", "sqlite"),
    ]),
    Step("deploy", "bench", [Part("deploy", ["deploy/tests/run"], 600)]),
    Step("package", "bench", [Part("package", ["scripts/package"], 600, counts=False)]),
    Step("bench", "bench", [Part("bench", _BENCH, 600, counts=False)]),
    Step("unit", "dev", [_ctest("unit", "dev")]),
    Step("tsan", "tsan", [_ctest("tsan", "tsan", "-LE", "architecture")]),
    Step("fuzz", "fuzz", [Part("fuzz", ["scripts/fuzz", "--seconds", os.environ.get("FUZZ_SECONDS", "10")], 2400)]),
]  # fmt: skip


# Doing it


@dataclasses.dataclass
class Took:
    """A row of the table at the end."""

    name: str
    began: float
    seconds: float = 0
    processor: float = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0


class Run:
    """One call of scripts/test."""

    def __init__(self, steps):
        self._steps = steps
        self._lock = threading.Lock()
        self._running = {}  # process: (what it is, its log)
        self._stopped = False
        self._built = {name: threading.Event() for name in BUILDS}
        self._whole = set()  # builds without a mistake
        self.rows = []

    def __call__(self):
        builds = [name for name in BUILDS if any(step.build == name for step in self._steps)]
        works = [threading.Thread(target=self._guarded, args=(self._build_all, builds))]
        works += [threading.Thread(target=self._guarded, args=(self._play, step)) for step in self._steps]
        for work in works:
            work.start()
        said = time.monotonic()
        for work in works:
            while work.is_alive():
                work.join(0.5)
                if time.monotonic() - said >= _SIGN_OF_LIFE:
                    said = time.monotonic()
                    self._say_what_runs()

    def _guarded(self, work, argument):
        """A mistake in here must not look like a step that passed."""
        try:
            work(argument)
        except Exception:
            traceback.print_exc()
            with self._lock:
                self.rows.append(Took("scripts/test itself", time.monotonic(), failed=1))
            for built in self._built.values():
                built.set()

    def stop(self):
        """Ends all commands."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                os.killpg(process.pid, signal.SIGTERM)

    # Builds

    def _build_all(self, names):
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        for name in names:
            row = Took(f"build {name}", time.monotonic())
            log = self._log(f"build-{name}")
            commands = [["cmake", "--preset", name, *launcher],
                        ["cmake", "--build", "--preset", name, "--parallel", CORES, "--target", BUILDS[name]]]
            if not all(self._command(row.name, command, log, 3600, True, row) == 0 for command in commands):
                row.failed = 1
                self._show(log)
            else:
                self._whole.add(name)
            self._end(row)
            self._built[name].set()

    # Steps

    def _play(self, step):
        if step.build:
            self._built[step.build].wait()
            if step.build not in self._whole:
                return
        for part in step.parts:
            row = Took(part.name, time.monotonic())
            self._play_part(part, row)
            self._end(row)

    def _play_part(self, part, row):
        log = self._log(part.name.replace(", ", "-"))
        if part.before:
            self._command(part.name, part.before, log, part.limit, part.patient, row)
        code = self._command(part.name, part.command, log, part.limit, part.patient, row)
        lines = log.read_text(errors="replace").splitlines() or [""]
        last = _LAST_LINE.fullmatch(lines[-1]) if part.counts else None
        if last:
            row.passed, row.failed, row.skipped = (int(number or 0) for number in last.groups())
            if code != 0 and row.failed == 0:
                row.failed = 1
            self._say(*[line for line in lines if _SKIP.match(line)])
        else:
            row.passed, row.failed = (0, 1) if code != 0 or part.counts else (1, 0)
        if row.failed:
            self._show(log)

    # Commands

    def _log(self, name):
        path = LOGS / f"{name}.log"
        path.unlink(missing_ok=True)
        return path

    def _command(self, what, command, log, limit, patient, row):
        """Runs a command in a process group of its own and returns its exit code; row gets its processor time."""
        command = [*(["nice", "-n", "10"] if patient else []), *map(str, command)]
        with self._lock:
            if self._stopped:
                return 1
            with open(log, "ab") as output:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0)
            self._running[process] = (what, log)
        deadline = time.monotonic() + limit
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)
                deadline += limit
                with open(log, "a") as output:
                    output.write(f"scripts/test: killed after {limit} s\n")
            time.sleep(0.1)
        process.returncode = os.waitstatus_to_exitcode(status)
        with self._lock:
            del self._running[process]
        row.processor += used.ru_utime + used.ru_stime
        return process.returncode

    # What is said

    def _say(self, *lines):
        with self._lock:
            for line in lines:
                print(f"{time.monotonic() - _BEGUN:5.0f}s  {line}", flush=True)

    def _say_what_runs(self):
        with self._lock:
            running = list(self._running.values())
        for what, log in running:
            lines = log.read_bytes()[-2000:].decode(errors="replace").splitlines() or [""]
            self._say(f"… {what}: {''.join(filter(str.isprintable, lines[-1]))[:100]}")

    def _show(self, log):
        if self._stopped:
            return
        lines = log.read_text(errors="replace").splitlines()[-200:]
        with self._lock:
            print(f"---- {log} (its last 200 lines) ----", *lines, f"---- end of {log} ----", sep="\n", flush=True)

    def _end(self, row):
        row.seconds = time.monotonic() - row.began
        with self._lock:
            self.rows.append(row)
        self._say(f"{row.name}: {_result(row) or 'built'}")


def _result(row):
    if row.passed + row.failed + row.skipped == 0:
        return ""
    return f"{row.passed} passed, {row.failed} failed" + (f", {row.skipped} skipped" if row.skipped else "")


def _print_table(rows):
    print(f"\n{'':24}{'from':>7}{'to':>7}{'took':>7}{'CPU':>7}   seconds")
    for row in rows:
        began = row.began - _BEGUN
        times = "".join(f"{number:7.0f}" for number in (began, began + row.seconds, row.seconds, row.processor))
        print(f"{row.name:24}{times}   {_result(row)}")
    print(f"{'everything':24}{0:7.0f}{time.monotonic() - _BEGUN:7.0f}{time.monotonic() - _BEGUN:7.0f}"
          f"{sum(row.processor for row in rows):7.0f}   on {CORES} cores, {platform.machine()}; logs are in {LOGS}/")


def _interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description="Runs the steps of scripts/test.", prog="scripts/test")
    parser.add_argument("--only", metavar="STEP[,STEP…]", type=lambda text: text.split(","))
    chosen = parser.parse_args().only or [step.name for step in STEPS]
    for name in chosen:
        if name not in [step.name for step in STEPS]:
            parser.error(f"no step '{name}'; there are {' '.join(step.name for step in STEPS)}")
    os.chdir(ROOT)
    os.environ["CERTWATCH_TOOLS_REQUIRED"] = "1"  # scripts/test has installed them
    # Without these ccache preprocesses every file once more, and passes by those with precompiled headers.
    os.environ.setdefault("CCACHE_DEPEND", "1")
    os.environ.setdefault("CCACHE_SLOPPINESS", "pch_defines,time_macros")
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    run = Run([step for step in STEPS if step.name in chosen])
    try:
        run()
    except KeyboardInterrupt:
        run.stop()
        sys.exit("\ninterrupted")
    _print_table(run.rows)
    total = Took("", 0)
    for row in run.rows:
        total.passed, total.failed, total.skipped = (
            total.passed + row.passed, total.failed + row.failed, total.skipped + row.skipped)
    if total.passed + total.failed == 0:
        total.failed = 1
    print(_result(total))
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
