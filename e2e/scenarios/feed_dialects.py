"""Messages of other certstream servers: other key orders, floats for times, keys that are not there."""

import base64
import hashlib
import json

from e2e.harness import messages

NOT_OF_THE_STORE = "messages on the wire"

_MESSAGES = {
    "calidog-py2017_full_rawliving_x509": "rawlivingvibrantenergy.com",
    "calidog-py2017_sni249585_cloudflaressl_full_no_update_type": "arenatrades.com",
    "calidog-elixir2018_appleid-phish_precert_full": "find-verify.link",
    "calidog-elixir2024_amplifyapp_precert_lite": "amplifyapp.com",
    "go_readme_cmslieferhit_precert_lite_current": "k-k.de",
}


def scenario(env):
    env.watch(*_MESSAGES.values())
    process = env.start()
    for name, domain in _MESSAGES.items():
        before = len(env.webhook.requests)
        content = (messages.DATA / "messages" / f"{name}.json").read_bytes()
        env.feed.send(content)
        payload = env.webhook.wait_for(before + 1)[before].json
        data = json.loads(content)["data"]
        leaf = data["leaf_cert"]
        assert payload["matched_entries"] == [domain], name
        assert payload["all_sans"] == leaf["all_domains"], name
        # One of them has the certificate, and no fingerprint beside it.
        computed = hashlib.sha1(base64.b64decode(leaf["as_der"])).hexdigest() if leaf.get("as_der") else None
        claimed = leaf.get("fingerprint", "").replace(":", "").lower()
        assert payload["fingerprint_sha1"] == (computed or claimed), name
        assert claimed in ("", payload["fingerprint_sha1"]), name
        assert payload["not_before"] == leaf["not_before"] and payload["not_after"] == leaf["not_after"], name
        assert payload["lifetime_days"] == round((leaf["not_after"] - leaf["not_before"]) / 86400, 2), name
        assert payload["seen_at"] == int(data["seen"]), name
        assert payload["update_type"] == data.get("update_type"), name
        assert payload["serial"] == leaf.get("serial_number"), name
        assert payload["source_log"] == data["source"]["name"], name
        assert payload["cert_index"] == data["cert_index"], name
    heartbeat = (messages.DATA / "messages" / "heartbeat_0.json").read_bytes()
    env.feed.send(heartbeat)
    process.wait_metric("certwatch_ct_messages_total", type="heartbeat", equals=1)
    assert process.metric("certwatch_undecodable_messages_total") == 0
