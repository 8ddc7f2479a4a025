"""compose.yaml, the Kubernetes manifests, the systemd unit: what they promise, and variables that exist."""

import re
import subprocess
import tempfile
import time
import unittest

import shipped


def unknown_variables(names):
    known = set(shipped.variables())
    known |= {f"{name}_FILE" for name, (_, may_be_file) in shipped.variables().items() if may_be_file}
    return sorted(set(names) - known)


def bytes_of(limit):
    number, unit = re.fullmatch(r"(\d+)([MG])i?", limit, re.I).groups()
    return int(number) << {"M": 20, "G": 30}[unit.upper()]


# What waits while the database is away, as much again of the rest being more than enough: the allocator's loss, a watch
# list of half a million that is swapped, a batch on its way to the database.
MEMORY = 2 * shipped.queue_bytes()


class Compose(unittest.TestCase):
    def setUp(self):
        (self.compose,) = shipped.yaml_documents(shipped.DEPLOY / "compose.yaml")

    def test_certwatch_runs_with_nothing_it_does_not_need(self):
        service = self.compose["services"]["certwatch"]
        self.assertTrue(service["read_only"])
        self.assertEqual(service["cap_drop"], ["ALL"])
        self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
        self.assertEqual(unknown_variables(service["environment"]), [])

    def test_a_full_queue_does_not_get_it_killed(self):
        self.assertGreaterEqual(bytes_of(self.compose["services"]["certwatch"]["mem_limit"]), MEMORY)

    def test_every_port_is_on_loopback(self):
        for name, service in self.compose["services"].items():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), name)

    def test_every_file_that_is_mounted_is_there(self):
        for name, service in self.compose["services"].items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((shipped.DEPLOY / source).exists(), f"{name}: {source}")
                else:
                    self.assertIn(source, self.compose["volumes"])

    def test_every_secret_is_defined_used_and_made(self):
        with tempfile.TemporaryDirectory() as folder:
            script = subprocess.run(["cp", shipped.DEPLOY / "make-secrets", folder], check=False)
            self.assertEqual(script.returncode, 0)
            subprocess.run([f"{folder}/make-secrets"], check=True, capture_output=True)
            made = subprocess.run(["ls", f"{folder}/secrets"], capture_output=True, text=True, check=True).stdout.split()
            dsn = open(f"{folder}/secrets/certwatch_dsn").read()
            self.assertIn("password=" + open(f"{folder}/secrets/certwatch_password").read().strip(), dsn)
            before = open(f"{folder}/secrets/webhook_secret").read()
            subprocess.run([f"{folder}/make-secrets"], check=True, capture_output=True)
            self.assertEqual(open(f"{folder}/secrets/webhook_secret").read(), before)
        defined = self.compose["secrets"]
        used = {secret for service in self.compose["services"].values() for secret in service.get("secrets", [])}
        self.assertEqual(set(defined), used)
        self.assertEqual({entry["file"].removeprefix("secrets/") for entry in defined.values()}, set(made) - {"n8n.env"})


class Kubernetes(unittest.TestCase):
    def setUp(self):
        documents = shipped.yaml_documents(shipped.DEPLOY / "kubernetes" / "certwatch.yaml")
        self.by_kind = {document["kind"]: document for document in documents}
        self.pod = self.by_kind["Deployment"]["spec"]["template"]["spec"]
        (self.container,) = self.pod["containers"]

    def test_probes_ask_the_right_pages(self):
        self.assertEqual(self.container["livenessProbe"]["httpGet"]["path"], "/healthz")
        self.assertEqual(self.container["readinessProbe"]["httpGet"]["path"], "/readyz")

    def test_a_full_queue_does_not_get_it_killed(self):
        self.assertGreaterEqual(bytes_of(self.container["resources"]["limits"]["memory"]), MEMORY)

    def test_nothing_that_is_not_needed(self):
        security = self.container["securityContext"]
        self.assertTrue(security["readOnlyRootFilesystem"])
        self.assertFalse(security["allowPrivilegeEscalation"])
        self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
        self.assertTrue(self.pod["securityContext"]["runAsNonRoot"])
        self.assertFalse(self.pod["automountServiceAccountToken"])

    def test_services_of_the_namespace_set_none_of_its_variables(self):
        # A Service "api" would set API_PORT.
        self.assertIs(self.pod["enableServiceLinks"], False)

    def test_secrets_come_as_files_that_are_mounted(self):
        mount = self.container["volumeMounts"][0]["mountPath"]
        keys = set(self.by_kind["Secret"]["stringData"])
        values = {entry["name"]: entry["value"] for entry in self.container["env"]}
        files = {value.removeprefix(mount + "/") for name, value in values.items() if name.endswith("_FILE")}
        self.assertEqual(files, keys)
        names = [*values, *self.by_kind["ConfigMap"]["data"]]
        self.assertEqual(unknown_variables(names), [])

    def test_selectors_find_the_pods(self):
        labels = self.by_kind["Deployment"]["spec"]["template"]["metadata"]["labels"]
        for selector in (
            self.by_kind["Deployment"]["spec"]["selector"]["matchLabels"],
            self.by_kind["Service"]["spec"]["selector"],
            self.by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
            self.by_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        ):
            self.assertLessEqual(selector.items(), labels.items())


class Systemd(unittest.TestCase):
    unit = shipped.DEPLOY / "systemd" / "certwatch.service"

    def test_the_unit_is_well_formed(self):
        tool = shipped.tool("systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            # verify looks for the program.
            text = self.unit.read_text().replace("/usr/bin/certwatch", "/bin/true")
            path = f"{folder}/certwatch.service"
            with open(path, "w") as file:
                file.write(text)
            done = subprocess.run([tool, "verify", "--man=no", path], capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines() if "certwatch" in line]
        self.assertEqual(complaints, [])

    def test_it_is_no_more_exposed_than_stated(self):
        done = subprocess.run(
            [shipped.tool("systemd-analyze"), "security", "--offline=true", "--no-pager", str(self.unit)],
            capture_output=True, text=True,
        )  # fmt: skip
        score = re.search(r"exposure level for certwatch.service: ([\d.]+)", done.stdout)
        self.assertIsNotNone(score, done.stdout + done.stderr)
        text = (shipped.DEPLOY / "README.md").read_text()
        stated = re.search(r"^`systemd-analyze security.* gives the unit ([\d.]+)", text, re.M)
        self.assertIsNotNone(stated, "deploy/README.md states no score")
        self.assertLessEqual(float(score[1]), float(stated[1]))

    def test_a_full_queue_does_not_get_it_killed(self):
        limit = re.search(r"^MemoryMax=(\w+)$", self.unit.read_text(), re.M)[1]
        self.assertGreaterEqual(bytes_of(limit), MEMORY)

    def test_it_may_have_the_threads_that_it_has(self):
        allowed = int(re.search(r"^TasksMax=(\d+)$", self.unit.read_text(), re.M)[1])
        pages = shipped.constant("src/http/server.h", "page_threads")
        couriers = shipped.constant("src/app/adapters.cpp", "most_webhook_attempts")
        feeds = 4
        # All those of src/README.md; a feed's also looks up its name, and so does a courier's worker its receiver's.
        self.assertGreaterEqual(allowed, pages + shipped.rows_of_threads() + 2 * couriers + 2 * feeds)
        with tempfile.TemporaryDirectory() as folder:
            ports = [shipped.free_port() for _ in range(feeds)]
            process = subprocess.Popen(
                [shipped.binary(), "watch", "example.org"], stderr=subprocess.DEVNULL, cwd=folder,
                env={"CERTSTREAM_URL": ",".join(f"ws://127.0.0.1:{port}/" for port in ports),
                     "WEBHOOK_URL": "http://127.0.0.1:9/", "API_PORT": str(shipped.free_port())},
            )  # fmt: skip
            try:
                threads = self.most_threads(process, pages + couriers + feeds)
            finally:
                process.terminate()
                process.wait()
        self.assertGreaterEqual(allowed, 2 * threads)

    def most_threads(self, process, expected):
        """Waits until it has so many at least; then no more come but look-ups."""
        for _ in range(600):
            self.assertIsNone(process.poll(), "it has ended")
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                threads = int(re.search(r"^Threads:\s+(\d+)$", status.read(), re.M)[1])
            if threads >= expected:
                return threads
            time.sleep(0.05)
        self.fail(f"it has only {threads} threads")

    def test_its_variables_exist(self):
        text = (shipped.DEPLOY / "systemd" / "certwatch.default").read_text() + self.unit.read_text()
        names = re.findall(r"^#?\s*(?:Environment=)?([A-Z_]+)=", text, re.M)
        self.assertEqual(unknown_variables(names), [])


if __name__ == "__main__":
    unittest.main()
