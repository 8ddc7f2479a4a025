"""Runs scenarios: finds them, runs each in a process of its own with an Environment of its own, tells how it went."""

import argparse
import fnmatch
import importlib
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from e2e.harness import certwatch, postgres
from e2e.harness.environment import Environment, Skip

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_FOLDER = _ROOT / "e2e" / "scenarios"
_TIME_LIMIT = 300  # Seconds for one scenario, unless it sets TIME_LIMIT: then it is hung, not slow.
_SKIPPED = 77
_DATABASES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
_LOG_TAIL = 25


def names():
    return sorted(path.stem for path in _FOLDER.glob("[a-z]*.py"))


def _attribute(name, attribute, default):
    """A scenario's module-level number, read without importing it."""
    match = re.search(rf"^{attribute} = (\d+)", (_FOLDER / f"{name}.py").read_text(), re.MULTILINE)
    return int(match[1]) if match else default


def _reason(name, attribute):
    """A scenario's module-level text; empty where there is none."""
    match = re.search(rf'^{attribute} = "(.+)"$', (_FOLDER / f"{name}.py").read_text(), re.MULTILINE)
    return match[1] if match else ""


def _needs(name, database):
    """Why a scenario makes no sense on this database; empty where it does."""
    return _reason(name, "NEEDS_" + next(one for one in _DATABASES if one != database).upper())


# One scenario, in its own process


def run_one(name, folder, address):
    """Exit code of a scenario's process; result.json in `folder` says why."""
    folder = pathlib.Path(folder)
    environment = Environment(folder, address and postgres.RunningServer(address))
    why, code = "", 0
    try:
        module = importlib.import_module(f"e2e.scenarios.{name}")
        module.scenario(environment)
        found = environment.finish()
        if found:
            why, code = "; ".join(found), 1
    except Skip as skip:
        why, code = str(skip), _SKIPPED
    except BaseException as error:  # whatever it is, it is why the scenario failed
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "/scenarios/" in f.filename]
        where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
        why, code = f"{type(error).__name__}: {error}{where}", 1
        traceback.print_exc()
    finally:
        environment.close()
    (folder / "result.json").write_text(json.dumps({"why": why}))
    return code


# All of them


class Run:
    """One call of e2e/run."""

    def __init__(self, arguments, chosen):
        self._arguments = arguments
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="certwatch-e2e-"))
        os.chmod(self._folder, 0o755)
        self._lock = threading.Lock()
        self._children = set()
        self._stopped = False
        self.results = {}  # name: (code, why, seconds)
        # The long ones first, so that none of them is left alone at the end.
        self._chosen = sorted(chosen, key=lambda name: (-_attribute(name, "SECONDS", 5), name))

    def __call__(self):
        server = postgres.Server(self._folder / "postgres") if self._arguments.database == "postgres" else None
        try:
            if server is not None:
                server.start()
                server.prepare()
            address = json.dumps(server and server.address())
            left = queue.SimpleQueue()
            for name in self._chosen:
                left.put(name)
            threads = [threading.Thread(target=self._work, args=(left, address)) for _ in range(self._arguments.jobs)]
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.5)
        except KeyboardInterrupt:
            self._stopped = True
            self._kill_children()
        finally:
            if server is not None:
                server.close()
        failed = [name for name, (code, _, _) in self.results.items() if code not in (0, _SKIPPED)]
        skipped = [name for name, (code, _, _) in self.results.items() if code == _SKIPPED]
        missing = len(self._chosen) - len(self.results)
        passed = len(self.results) - len(failed) - len(skipped)
        if failed or self._arguments.keep:
            print(f"logs are in {self._folder}")
        else:
            shutil.rmtree(self._folder, ignore_errors=True)
        last = f"{passed} passed, {len(failed) + missing} failed"
        print(last + (f", {len(skipped)} skipped" if skipped else ""), flush=True)
        return 1 if failed or missing else 0

    def _work(self, left, address):
        while not self._stopped:
            try:
                name = left.get_nowait()
            except queue.Empty:
                return
            begun = time.monotonic()
            if why := _needs(name, self._arguments.database):
                code, why = _SKIPPED, f"not for {_DATABASES[self._arguments.database]}: {why}"
            else:
                code, why = self._run_child(name, address)
            self._tell(name, code, why, time.monotonic() - begun)

    def _variables(self, address):
        return {"CERTWATCH_E2E_CLUSTER": address, "CERTWATCH_E2E_PATIENCE": str(self._arguments.patience)}

    def _run_child(self, name, address):
        folder = self._folder / name
        folder.mkdir()
        command = [sys.executable, "-m", "e2e.harness.scenario", "--one", name, "--folder", str(folder)]
        with open(folder / "output.txt", "wb") as output:
            child = subprocess.Popen(
                command, cwd=_ROOT, env={**os.environ, **self._variables(address)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )
        with self._lock:
            self._children.add(child)
        limit = _attribute(name, "TIME_LIMIT", _TIME_LIMIT) * self._arguments.patience
        try:
            code = child.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return 1, f"hung: killed after {limit:g} s"
        finally:
            with self._lock:
                self._children.discard(child)
        try:
            return code, json.loads((folder / "result.json").read_text())["why"]
        except (OSError, ValueError):
            return 1, f"the scenario's process ended with {code}: {(folder / 'output.txt').read_text()[-1000:]}"

    def _tell(self, name, code, why, seconds):
        with self._lock:
            self.results[name] = (code, why, seconds)
            if code == 0:
                print(f"ok  {name}  {seconds:.1f} s")
            elif code == _SKIPPED:
                print(f"skip  {name}: {why}")
            else:
                print(f"FAIL {name}: {why}")
                for log in sorted((self._folder / name).glob("certwatch-*.log")):
                    lines = log.read_text(errors="backslashreplace").splitlines()[-_LOG_TAIL:]
                    print("\n".join([f"    --- {log.name}", *(f"    {line[:400]}" for line in lines)]))
            sys.stdout.flush()

    def _kill_children(self):
        with self._lock:
            for child in self._children:
                try:
                    os.killpg(child.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


def _leave_out(everything, database):
    """Those that make sense on the database; the others are told of, with the reason.

    One whose subject is not the store is played on PostgreSQL only, unless it is asked for by name.
    """
    needs = {name: _needs(name, database) for name in everything}
    if database == "sqlite":
        needs = {name: why or _reason(name, "NOT_OF_THE_STORE") for name, why in needs.items()}
    left_out = [f"{name} ({why})" for name, why in needs.items() if why]
    if left_out:
        print(f"left out with {_DATABASES[database]}, {len(left_out)} scenarios: {', '.join(left_out)}", flush=True)
    return [name for name, why in needs.items() if not why]


def _interrupt(*_):
    raise KeyboardInterrupt


def main():
    # Whoever started us may ignore it; then certwatch would, too.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description="Run certwatch's end-to-end scenarios.", prog="e2e/run")
    parser.add_argument("names", metavar="NAME", nargs="*", help="scenarios, * and ? allowed (default: all)")
    parser.add_argument("--database", choices=_DATABASES, default="postgres", help="what they record in (default postgres)")
    parser.add_argument("--jobs", type=int, default=3, help="scenarios at once (default 3)")
    parser.add_argument("--list", action="store_true", help="name the scenarios and end")
    parser.add_argument("--keep", action="store_true", help="keep logs also when all is well")
    parser.add_argument("--patience", type=float, default=1.0, help="factor on all time limits, for slow builds")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        sys.exit(run_one(arguments.one, arguments.folder, json.loads(os.environ["CERTWATCH_E2E_CLUSTER"])))
    everything = names()
    if arguments.list:
        print("\n".join(everything))
        return
    if not arguments.names:
        everything = _leave_out(everything, arguments.database)
    patterns = [pathlib.Path(name).stem for name in arguments.names] or ["*"]
    chosen = [name for name in everything if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
    unknown = [pattern for pattern in patterns if not fnmatch.filter(everything, pattern)]
    if unknown or not chosen:
        sys.exit(f"e2e/run: no such scenario: {' '.join(unknown)}")
    if not certwatch.binary().exists():
        sys.exit(f"e2e/run: {certwatch.binary()} is not there; build it, or set CERTWATCH_BIN")
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(Run(arguments, chosen)())


if __name__ == "__main__":
    main()
