"""The real Prometheus, where it is present: scrapes one certwatch every second, with the rules and settings of deploy/."""

import json
import pathlib
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from e2e.harness import tools, waiting

_DEPLOY = tools.REPOSITORY / "deploy" / "prometheus"


class Prometheus:
    """One process, with its files in `folder`. Raises tools.Absent.

    `for_seconds` replaces how long each rule's expression has to hold before its alert fires: what deploy/ ships takes minutes.
    """

    def __init__(self, folder, target, for_seconds=None):
        program = tools.program("prometheus", "prometheus")
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = (_DEPLOY / "prometheus.yml").read_text().replace("certwatch:8765", target).replace("15s", "1s")
        rules = (_DEPLOY / "certwatch.rules.yml").read_text()
        if for_seconds is not None:
            rules = re.sub(r"^( +for: ).*$", rf"\g<1>{for_seconds}s", rules, flags=re.MULTILINE)
        (folder / "prometheus.yml").write_text(config)
        (folder / "certwatch.rules.yml").write_text(rules)
        self.log_path = folder / "prometheus.log"
        self._address = f"127.0.0.1:{waiting.free_port()}"
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address={self._address}", "--log.level=warn"],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def ask(self, path, **parameters):
        """The `data` of an answer of its API; raises OSError where it refuses or does not answer."""
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        """[(labels, value), …] of a PromQL expression, now."""
        result = self.ask("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def wait(self, expression, timeout=waiting.GENEROUS):
        """Waits until the expression has a result; returns it."""
        return self._wait(expression, bool, timeout)

    def wait_none(self, expression, timeout=waiting.GENEROUS):
        """Waits until the expression has no result any more."""
        self._wait(expression, lambda result: not result, timeout)

    def _wait(self, expression, good, timeout):
        last = None

        def asked():
            nonlocal last
            try:
                last = self.query(expression)
            except OSError as error:
                # Until it has read its storage it answers 503; any other answer than 200 is a mistake of ours.
                if isinstance(error, urllib.error.HTTPError) and error.code != 503:
                    raise
                last = error
                return None
            return (last,) if good(last) else None

        def what():
            return f"Prometheus: {expression} (is {last}); it said: {self.log_path.read_text(errors='replace')[-1000:]}"

        return waiting.until(asked, what, timeout, interval=0.2)[0]

    def close(self):
        """As SIGKILL would: nobody reads its data again."""
        self._process.kill()
        self._process.wait()
