"""README's tables of variables, metrics, exit codes and promises, and the manual's, against the program and its tests.

By hand:  python3 tests/architecture/tables.py             against the source
          python3 tests/architecture/tables.py BINARY      also against a running binary: each --help, and /metrics
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

_VARIABLE = re.compile(
    r'Variable\{\s*"(\w+)",\s*"([^"]*)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)(?:,\s*(for_\w+))?(?:,\s*(true|false))?\s*\}'
)
_METRIC = re.compile(r'\b(counter|gauge|histogram)s?\(\s*\*?registry_?,\s*"(\w+)"')


def read(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


# What the source says


def source_variables(text):
    """{name: (default, may be a file)} of config/variables.h."""
    return {name: (default, file == "true") for name, default, _, _, file in _VARIABLE.findall(text)}


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


def readme_commands(text):
    """The commands of README's table, without arguments."""
    found = []
    for cell, _ in _rows(text, "Commands"):
        for command in re.findall(r"`(?:certwatch ?)?([^`]*)`", cell):
            words = [word for word in command.split() if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")]
            if words:
                found.append(" ".join(words))
    return found


def readme_exit_codes(text):
    """{command: {code: meaning}}."""
    return {
        command.strip("`"): {code: meaning for code, meaning in enumerate(meanings) if meaning}
        for command, *meanings in _rows(text, "Exit codes")
    }


# What the manual says


def manual_exit_codes(text):
    """The same, from the manual's section EXIT STATUS."""
    section = re.search(r"^\.Sh EXIT STATUS\n(.*?)(?=^\.Sh )", text, re.M | re.S)[1]
    commands = re.findall(r"^\.It Cm ([a-z -]+)\n\.Bl[^\n]*\n(.*?)^\.El$", section, re.M | re.S)
    return {
        command: {int(code): meaning for code, meaning in re.findall(r"^\.It (\d)\n(.*)$", codes, re.M)}
        for command, codes in commands
    }


def manual_commands(text):
    """{command: (options, variables)}; variables are None where those of the section ENVIRONMENT are meant."""
    found = {}
    commands = re.search(r"^\.Sh COMMANDS\n(.*?)(?=^\.Sh )", text, re.M | re.S)[1]
    for name, section in re.findall(r"^\.Ss ([a-z -]+)\n(.*?)(?=^\.Ss |\Z)", commands, re.M | re.S):
        reads = re.search(r"^It reads\n\.Ev (.*?)\s*\.$", section, re.M)
        everything = re.search(r"^It reads what stands in\n\.Sx ENVIRONMENT \.$", section, re.M)
        variables = None if everything else set(re.split(r" , ", reads[1])) if reads else set()
        found[name] = (set(re.findall(r"\bFl -([a-z-]+)", section)), variables)
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


def help_of(binary, command):
    """What a command says of itself, or the whole program for ""."""
    done = subprocess.run([binary, *command.split(), "--help"], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def helped_variables(text):
    match = re.search(r"^Environment:\n((?:  .*\n)+)", text, re.M)
    return set(re.findall(r"^  ([A-Z_]+?)(?:\[_FILE\])? ", match[1], re.M)) if match else set()


def helped_options(text):
    return set(re.findall(r"^  (?:-\w,)?--([a-z-]+)", text, re.M))


def helped_exit_codes(text):
    match = re.search(r"^Exit codes:\n((?:  .*\n)+)", text, re.M)
    return {int(code): meaning for code, meaning in re.findall(r"^  (\d)  (.*)$", match[1], re.M)}


def helped_commands(text):
    match = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  ([a-z-]+) ", match[1], re.M) if match else []


def commands_of(binary, above=""):
    """{command: its --help}, with the commands of commands. Those that are only the front of others are left out."""
    text = help_of(binary, above)
    names = helped_commands(text)
    found = {} if not above or "Exit codes:" not in text else {above: text}
    for name in names:
        found.update(commands_of(binary, f"{above} {name}".strip()))
    return found


def run_briefly(binary):
    """/metrics of the binary on an empty embedded database and a feed that is not there."""
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
            return _get(f"http://127.0.0.1:{port}/metrics", service)
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
        *differences("exit codes of", "README", readme_exit_codes(readme), "the manual",
                     manual_exit_codes(read("docs/certwatch.1"))),
        *(
            f"promise: README names the test {name}, which is not there"
            for name in missing_tests(promised_by(readme), lambda path: (REPOSITORY / path).exists())
        ),
    ]


def check_commands(helps):
    """README and manual against {command: its --help}."""
    readme, manual = read("README.md"), manual_commands(read("docs/certwatch.1"))
    variables = set(source_variables(read("src/config/variables.h")))
    codes = {command: helped_exit_codes(text) for command, text in helps.items()}
    found = differences("exit codes of", "README", readme_exit_codes(readme), "--help", codes)
    named = dict.fromkeys(readme_commands(readme))
    found += differences("command", "README", named, "--help", dict.fromkeys(helps))
    told = {name: (options, variables if of is None else of) for name, (options, of) in manual.items()}
    shown = {name: (helped_options(text) - {"help"}, helped_variables(text)) for name, text in helps.items()}
    told = {name: (options - {"help"}, of) for name, (options, of) in told.items()}
    found += differences("options and variables of", "the manual", told, "--help", shown)
    read_by_some = set().union(*(helped_variables(text) for text in helps.values()))
    return found + [f"variable {name}: in no --help" for name in sorted(variables - read_by_some)]


def check_binary(binary):
    exposed = exposed_metrics(run_briefly(binary))
    found = [] if any(name.startswith("process_") for name in exposed) else ["metric process_*: not exposed"]
    exposed = {name: fact for name, fact in exposed.items() if not name.startswith("process_")}
    told = readme_metrics(read("README.md"))
    # A family without a sample yet shows neither type nor labels.
    told = {name: fact for name, fact in told.items() if name in exposed or fact[1] != {"log"}}
    found += differences("metric", "README", told, "/metrics", exposed)
    return found + check_commands(commands_of(binary))


def main(arguments):
    found = check_source()
    for binary in arguments:
        found += check_binary(binary)
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
