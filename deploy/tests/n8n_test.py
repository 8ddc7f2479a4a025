"""The n8n workflow: its wiring, its variables, and its signature check run by a real JavaScript engine."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
import unittest

import shipped

_FOLDER = shipped.DEPLOY / "n8n"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the reference libraries' tests

_RUN = """
const AsyncFunction = Object.getPrototypeOf(async function () {}).constructor;
const { code, now, env, headers, body } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
if (now !== null) Date.now = () => now * 1000;
const self = { helpers: { getBinaryDataBuffer: async () => Buffer.from(body, 'base64') } };
const input = { first: () => ({ json: { headers } }) };
new AsyncFunction('$input', '$env', 'require', code).call(self, input, env, require)
  .then((items) => console.log(JSON.stringify(items[0].json)));
"""


class Workflow(unittest.TestCase):
    def setUp(self):
        self.workflow = json.loads((_FOLDER / "certwatch.json").read_text())
        self.nodes = {node["name"]: node for node in self.workflow["nodes"]}

    def test_it_can_be_imported(self):
        # `n8n import:workflow` refuses a file without an id.
        self.assertRegex(self.workflow["id"], r"^[A-Za-z0-9]{1,36}$")

    def test_every_wire_ends_at_a_node(self):
        reached = {"certwatch", "About"}
        for source, outputs in self.workflow["connections"].items():
            self.assertIn(source, self.nodes)
            for output in outputs["main"]:
                reached |= {wire["node"] for wire in output}
        self.assertEqual(reached, set(self.nodes))

    def test_every_path_ends_in_an_answer(self):
        for name, node in self.nodes.items():
            if name not in self.workflow["connections"] and not node["type"].endswith("stickyNote"):
                self.assertTrue(node["type"].endswith("respondToWebhook"), name)

    def test_every_step_that_can_fail_answers_that_it_did(self):
        # n8n answers 200 to an execution that ends with an error.
        for name, node in self.nodes.items():
            if node["type"].split(".")[-1] in ("code", "httpRequest"):
                self.assertEqual(node.get("onError"), "continueErrorOutput", name)
                (wire,) = self.workflow["connections"][name]["main"][1]
                self.assertEqual(self.nodes[wire["node"]]["parameters"]["options"]["responseCode"], 502)

    def test_the_code_is_the_file_beside_it(self):
        self.assertEqual(self.nodes["Verify signature"]["parameters"]["jsCode"], (_FOLDER / "verify.js").read_text())

    def test_every_key_it_reads_is_in_the_payload(self):
        readme = (shipped.REPOSITORY / "README.md").read_text()
        payload = json.loads(re.search(r"```json\n(\{\n  \"id\".*?)```", readme, re.S)[1])
        known = {*payload, "resolves", "route", "why"}
        for name, node in self.nodes.items():
            used = set(re.findall(r"\$json\.(\w+)", json.dumps(node["parameters"])))
            self.assertLessEqual(used, known, name)

    def test_its_variables_are_set_by_compose(self):
        (compose,) = shipped.yaml_documents(shipped.DEPLOY / "compose.yaml")
        n8n = compose["services"]["n8n"]
        given = set(n8n["environment"]) | {"CERTWATCH_WEBHOOK_SECRET"}  # the last in secrets/n8n.env
        used = set(re.findall(r"\$env\.(\w+)", json.dumps(self.workflow)))
        self.assertLessEqual(used, given)
        self.assertEqual(n8n["environment"]["NODE_FUNCTION_ALLOW_BUILTIN"], "crypto")
        self.assertIn("n8n.env", (shipped.DEPLOY / "make-secrets").read_text())

    def test_its_path_is_where_compose_sends(self):
        (compose,) = shipped.yaml_documents(shipped.DEPLOY / "compose.yaml")
        url = compose["services"]["certwatch"]["environment"]["WEBHOOK_URL"]
        self.assertTrue(url.endswith("/webhook/" + self.nodes["certwatch"]["parameters"]["path"]))


class Signature(unittest.TestCase):
    def judge(self, body, headers, secret=_SECRET, now=None):
        task = {"code": (_FOLDER / "verify.js").read_text(), "now": now, "headers": headers,
                "env": {"CERTWATCH_WEBHOOK_SECRET": secret}, "body": base64.b64encode(body).decode()}  # fmt: skip
        done = subprocess.run([shipped.tool("node"), "-e", _RUN], input=json.dumps(task), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def signed(self, event, secret=_SECRET, at=None):
        body = json.dumps(event).encode()
        stamp = str(int(time.time() if at is None else at))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
        return body, {"webhook-id": "msg_1", "webhook-timestamp": stamp,
                      "webhook-signature": "v1," + base64.b64encode(digest).decode()}  # fmt: skip

    def test_the_published_vector(self):
        # libraries/python/tests/test_webhooks.py of github.com/standard-webhooks/standard-webhooks
        headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                   "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}  # fmt: skip
        said = self.judge(b'{"test": 2432232314}', headers, now=1614265330)
        self.assertEqual(said["test"], 2432232314)

    def test_routes(self):
        for event, route in [
            ({"id": "1", "severity": "suspicious"}, "suspicious"),
            ({"id": "1", "severity": "info"}, "info"),
            ({"id": "2", "severity": "info", "resolves": "1"}, "resolved"),
        ]:
            self.assertEqual(self.judge(*self.signed(event))["route"], route)

    def test_one_good_signature_among_others_is_enough(self):
        body, headers = self.signed({"severity": "info"})
        headers["webhook-signature"] = "v1,AAAA v2,x " + headers["webhook-signature"]
        self.assertEqual(self.judge(body, headers)["route"], "info")

    def test_refused(self):
        body, headers = self.signed({"severity": "info"})
        self.assertEqual(self.judge(body + b" ", headers)["why"], "wrong signature")
        self.assertEqual(self.judge(body, {**headers, "webhook-id": "msg_2"})["why"], "wrong signature")
        self.assertEqual(self.judge(body, {**headers, "webhook-signature": "v1,"})["why"], "wrong signature")
        other = "whsec_" + base64.b64encode(b"another secret").decode()
        self.assertEqual(self.judge(body, headers, secret=other)["why"], "wrong signature")
        self.assertEqual(self.judge(body, headers, secret="")["why"], "CERTWATCH_WEBHOOK_SECRET is not set")
        self.assertEqual(self.judge(body, {})["why"], "not signed")
        for at in (time.time() - 400, time.time() + 400):
            self.assertIn("too old", self.judge(*self.signed({"severity": "info"}, at=at))["why"])
        self.assertIn("too old", self.judge(body, {**headers, "webhook-timestamp": "soon"})["why"])


if __name__ == "__main__":
    unittest.main()
