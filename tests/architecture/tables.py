"""README's tables of variables, metrics and promises against the program and its tests.

By hand:  python3 tests/architecture/tables.py             against the source
          python3 tests/architecture/tables.py BINARY      also against a running binary: --help and /metrics
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

_VARIABLE = re.compile(r'Variable\{\s*"(\w+)",\s*"([^"]*)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+),?\s*(true|false)?\s*\}')
_METRIC = re.compile(r'\b(counter|gauge|histogram)s?\(\s*\*?registry_?,\s*"(\w+)"')


def read(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


# What the source says


def source_variables(text):
    """{name: (default, may be a file)} of config/variables.h."""
    return {name: (default, file == "true") for name, default, _, file in _VARIABLE.findall(text)}


def source_metrics(text):
    """{name: type} of metrics/metrics.cpp."""
    return {name: kind for kind, name in _METRIC.findall(text)}


def schema_columns(text, table="alerts"):
    """Names of the columns that schema.sql gives a table, created and added."""
    bare = re.sub(r"--[^\n]*", "", text)
    columns = set()
    for body in re.findall(rf"CREATE TABLE (?:IF NOT EXISTS )?public\.{table}\s*\((.*?)\n\s*\);", bare, re.S | re.I):
        columns |= {line.split()[0].strip('"') for line in body.split("\n") if re.match(r"\s*\w+\s+\w", line)}
    for body in re.findall(rf"ALTER TABLE (?:IF EXISTS )?public\.{table}\b(.*?);", bare, re.S | re.I):
        columns |= set(re.findall(r"ADD COLUMN (?:IF NOT EXISTS )?(\w+)", body, re.I))
    return columns - {"PRIMARY", "CONSTRAINT", "CHECK", "UNIQUE"}


# What README says


def _rows(text, heading):
    """Cells of the first table below a heading, header left out."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#)", text + "\n#", re.M | re.S)
    if match is None:
        raise ValueError(f"README has no heading '{heading}'")
    lines = [line for line in match[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def readme_variables(text):
    """The same as source_variables, from README. A default that is not in backticks is none."""
    found = {}
    for name, default, meaning in _rows(text, "Configuration"):
        name = name.strip("`")
        value = re.fullmatch(r"`([^`]*)`", default)
        found[name] = (value[1] if value else "", f"`{name}_FILE`" in meaning)
    return found


def readme_metrics(text):
    """{name: (type, {labels})}; names with a * left out."""
    found = {}
    for names, kind, labels, *_ in _rows(text, "Metrics"):
        for name in re.findall(r"`([^`]+)`", names):
            if "*" not in name:
                found[name] = (kind, set(re.findall(r"`(\w+)`", labels)))
    return found


# What a running binary says


def promised_by(text):
    """Names of the tests that the table of promises points at: scenarios of e2e/, or paths."""
    return {name for _, tests in _rows(text, "What it promises") for name in re.findall(r"`([^`]+)`", tests)}


def missing_tests(names, exists):
    """Those that are not there; `exists` takes a path of the repository."""
    return sorted(name for name in names if not exists(name if "/" in name else f"e2e/scenarios/{name}.py"))


def exposed_metrics(text):
    """{name: (type, {labels})} of a Prometheus exposition; histograms without their own label `le`."""
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
    found = {name: (kind, set()) for name, kind in types.items()}
    for name, labels in re.findall(r"^(\w+)\{([^}]*)\} ", text, re.M):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        owner = name if name in types else base
        found[owner][1].update(set(re.findall(r'(\w+)="', labels)) - {"le"})
    return found


def run_briefly(binary):
    """(--help, /metrics) of the binary on an empty embedded database and a feed that is not there."""
    text = subprocess.run([binary, "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            "PATH": os.environ["PATH"],
            "SQLITE_PATH": f"{folder}/certwatch.db",
            "CERTSTREAM_URL": f"ws://127.0.0.1:{taken.getsockname()[1]}/",
            "API_PORT": str(port),
        }
        service = subprocess.Popen([binary, "watch", "example.org"], env=environment, stderr=subprocess.PIPE, text=True)
        try:
            return text, _get(f"http://127.0.0.1:{port}/metrics", service)
        finally:
            service.send_signal(signal.SIGTERM)
            service.communicate(timeout=20)


def _get(url, service):
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError) as error:
            if service.poll() is not None:
                raise RuntimeError(f"the binary ended with exit code {service.returncode}") from error
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


# Comparison


def differences(what, left_name, left, right_name, right):
    """Sentences about where two dicts differ."""
    found = [f"{what} {name}: in {left_name}, not in {right_name}" for name in left if name not in right]
    found += [f"{what} {name}: in {right_name}, not in {left_name}" for name in right if name not in left]
    for name in left:
        if name in right and left[name] != right[name]:
            found.append(f"{what} {name}: {left_name} says {left[name]}, {right_name} says {right[name]}")
    return sorted(found)


def check_source():
    readme = read("README.md")
    metrics = source_metrics(read("src/metrics/metrics.cpp"))
    told = {name: kind for name, (kind, _) in readme_metrics(readme).items()}
    variables = source_variables(read("src/config/variables.h"))
    return [
        *differences("variable", "README", readme_variables(readme), "config/variables.h", variables),
        *differences("metric", "README", told, "metrics/metrics.cpp", metrics),
        *(
            f"promise: README names the test {name}, which is not there"
            for name in missing_tests(promised_by(readme), lambda path: (REPOSITORY / path).exists())
        ),
    ]


def check_binary(binary):
    usage, exposition = run_briefly(binary)
    exposed = exposed_metrics(exposition)
    found = [] if any(name.startswith("process_") for name in exposed) else ["metric process_*: not exposed"]
    exposed = {name: fact for name, fact in exposed.items() if not name.startswith("process_")}
    told = readme_metrics(read("README.md"))
    # A family without a sample yet shows neither type nor labels.
    told = {name: fact for name, fact in told.items() if name in exposed or fact[1] != {"log"}}
    found += differences("metric", "README", told, "/metrics", exposed)
    found += [
        f"variable {name}: not in --help"
        for name in source_variables(read("src/config/variables.h"))
        if not re.search(rf"\b{name}\b", usage)
    ]
    return found


def main(arguments):
    found = check_source()
    for binary in arguments:
        found += check_binary(binary)
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
