"""The rules for Prometheus: their tests, whether those can fail, whether the metrics exist; the dashboard's questions."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import shipped
from e2e.harness import tools, waiting
from e2e.harness.feed import Feed
from e2e.harness.prometheus import Prometheus

_FOLDER = shipped.DEPLOY / "prometheus"
_RULES = _FOLDER / "certwatch.rules.yml"
_TESTS = ["certwatch.rules.test.yml", "certwatch.rules.days.test.yml"]
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
        code, said = self.promtool("test", "rules", *_TESTS)
        self.assertEqual(code, 0, said)

    def broken(self, expression):
        """What promtool says of the tests when every alert has this expression."""
        pattern = r"(- alert: .*\n(?:        #.*\n)?        expr: )(?:>-\n(?:          .*\n)+|.*\n)"
        changed, count = re.subn(pattern, lambda match: f"{match[1]}{expression}\n", _RULES.read_text())
        self.assertEqual(count, len(self.groups()))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, _RULES.name).write_text(changed)
            for name in _TESTS:
                shutil.copy(_FOLDER / name, folder)
            return self.promtool("test", "rules", *_TESTS, folder=folder)

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


class Dashboard(unittest.TestCase):
    """A real Prometheus that scrapes the real program (e2e/scenarios/prometheus.py has more of it)."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        feed = Feed()
        self.addCleanup(feed.close)
        pages = waiting.free_port()
        environment = {
            "PATH": "/usr/bin:/bin", "SQLITE_PATH": str(self.folder / "certwatch.db"), "CERTSTREAM_URL": feed.url,
            "API_PORT": str(pages),
        }  # fmt: skip
        log = self.enterContext(open(self.folder / "log.txt", "a"))
        command = [shipped.binary(), "watch", "example.org"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        try:
            self.prometheus = Prometheus(self.folder / "prometheus", f"127.0.0.1:{pages}")
        except tools.Absent as absent:
            self.skipTest(str(absent))
        self.addCleanup(self.prometheus.close)

    def test_its_questions_are_answered(self):
        self.prometheus.wait('up{job="certwatch"} == 1')
        dashboard = json.loads((shipped.DEPLOY / "grafana" / "certwatch.json").read_text())
        targets = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
        questions = [target["expr"] for target in targets if "expr" in target]
        self.assertGreater(len(questions), 5)
        for question in questions:
            # Raises where it is no PromQL.
            self.prometheus.query(question.replace("$job", "certwatch").replace("$__rate_interval", "1m"))


if __name__ == "__main__":
    unittest.main()
