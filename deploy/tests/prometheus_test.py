"""The rules for Prometheus: their own tests, whether those can fail, whether the metrics exist, and a real scrape."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

import shipped
from e2e.harness import waiting
from e2e.harness.feed import Feed
from e2e.harness.messages import Certificate

_FOLDER = shipped.DEPLOY / "prometheus"
_RULES = _FOLDER / "certwatch.rules.yml"
# What Prometheus itself adds, and what the kernel's numbers are called.
_OTHER_METRICS = {"up", "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"}
_SELECTOR = re.compile(r"\b((?:certwatch|process)_\w+)(?:\{([^}]*)\})?")


def unknown_in(expression):
    """Sentences about metrics and labels in a PromQL expression that the program does not have."""
    known, found = shipped.metrics(), []
    for name, matchers in _SELECTOR.findall(expression):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        name = base if base in known else name
        if name in _OTHER_METRICS:
            continue
        if name not in known:
            found.append(f"no metric {name}")
            continue
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) - {"job", "instance", "le"}
        found += [f"{name} has no label {label}" for label in labels - known[name][1]]
    return found


class Rules(unittest.TestCase):
    def promtool(self, *arguments, folder=_FOLDER):
        done = subprocess.run([shipped.tool("promtool"), *arguments], cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def groups(self):
        (document,) = shipped.yaml_documents(_RULES)
        return [rule for group in document["groups"] for rule in group["rules"]]

    def test_they_are_well_formed(self):
        self.assertEqual(self.promtool("check", "rules", _RULES.name)[0], 0)
        code, said = self.promtool("check", "config", "prometheus.yml")
        self.assertEqual(code, 0, said)

    def test_their_tests_pass(self):
        code, said = self.promtool("test", "rules", "certwatch.rules.test.yml")
        self.assertEqual(code, 0, said)

    def broken(self, expression):
        """What promtool says of the tests when every alert has this expression."""
        pattern = r"(- alert: .*\n(?:        #.*\n)?        expr: )(?:>-\n(?:          .*\n)+|.*\n)"
        changed, count = re.subn(pattern, lambda match: f"{match[1]}{expression}\n", _RULES.read_text())
        self.assertEqual(count, len(self.groups()))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, _RULES.name).write_text(changed)
            shutil.copy(_FOLDER / "certwatch.rules.test.yml", folder)
            return self.promtool("test", "rules", "certwatch.rules.test.yml", folder=folder)

    def test_their_tests_notice_every_alert_that_never_fires(self):
        code, said = self.broken("vector(0) > 1")
        self.assertNotEqual(code, 0)
        self.assertEqual([rule["alert"] for rule in self.groups() if f'\\"{rule["alert"]}\\"' not in said], [])

    def test_their_tests_notice_alerts_that_always_fire(self):
        code, said = self.broken("vector(1)")
        self.assertNotEqual(code, 0)
        self.assertIn("count(ALERTS{alertname=~", said)

    def test_they_use_metrics_that_exist(self):
        for rule in self.groups():
            self.assertEqual(unknown_in(rule["expr"]), [], rule["alert"])
        self.assertEqual(unknown_in('certwatch_nothing{a="b"}'), ["no metric certwatch_nothing"])
        self.assertEqual(unknown_in('certwatch_alerts_total{color="b"}'), ["certwatch_alerts_total has no label color"])

    def test_every_alert_stands_in_the_runbook(self):
        runbook = (shipped.REPOSITORY / "docs" / "operations.md").read_text()
        for rule in self.groups():
            self.assertIn(f"`{rule['alert']}`", runbook)


class Scrape(unittest.TestCase):
    """A real Prometheus that scrapes the real program, with the rules and the dashboard's questions."""

    def setUp(self):
        prometheus, certwatch = shipped.tool("prometheus"), shipped.binary()
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.feed = Feed()
        self.addCleanup(self.feed.close)
        self.pages, self.port = waiting.free_port(), waiting.free_port()
        self.run_program(
            [certwatch, "watch", "example.org"],
            SQLITE_PATH=str(self.folder / "certwatch.db"), CERTSTREAM_URL=self.feed.url, API_PORT=str(self.pages),
            SUSPICIOUS_GRACE_S="0.1",
        )  # fmt: skip
        config = (_FOLDER / "prometheus.yml").read_text().replace("certwatch:8765", f"127.0.0.1:{self.pages}")
        (self.folder / "prometheus.yml").write_text(config.replace("15s", "1s"))
        shutil.copy(_RULES, self.folder)
        self.run_program(
            [prometheus, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
        )  # fmt: skip

    def run_program(self, command, **environment):
        log = self.enterContext(open(self.folder / "log.txt", "a"))
        process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **environment}, stdout=log, stderr=log)

        def end():
            process.send_signal(signal.SIGTERM)
            process.wait(30)

        self.addCleanup(end)

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query?query=" + urllib.request.quote(expression))["result"]

    def test_scraped_alerting_and_answering_the_dashboard(self):
        def up():
            try:
                return self.query('up{job="certwatch"} == 1')
            except OSError:
                return False

        waiting.until(up, lambda: "Prometheus to scrape: " + (self.folder / "log.txt").read_text()[-2000:])
        self.feed.wait_for_client()
        # increase() needs a sample of before.
        waiting.until(lambda: self.query('certwatch_alerts_total{severity="suspicious"} == 0'), "the counter")
        self.feed.send(Certificate("www.example.org").message())
        waiting.until(
            lambda: self.query('ALERTS{alertname="CertwatchSuspiciousCertificate",alertstate="firing"}'),
            "the alert to fire", 60,
        )  # fmt: skip
        self.assertEqual([rule["name"] for group in self.ask("rules")["groups"] for rule in group["rules"]
                          if rule["health"] != "ok"], [])  # fmt: skip
        dashboard = json.loads((shipped.DEPLOY / "grafana" / "certwatch.json").read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                if "expr" in target:
                    expression = target["expr"].replace("$job", "certwatch").replace("$__rate_interval", "1m")
                    self.query(expression)  # raises where it is no PromQL
        families = {item["metric"]["__name__"] for item in self.query('{job="certwatch"}')}
        self.assertIn("process_start_time_seconds", families)


if __name__ == "__main__":
    unittest.main()
