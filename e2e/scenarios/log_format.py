"""The log: text or JSON, a line an event, to stderr, as much as LOG_LEVEL lets through, case ignored."""

import json

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the log"


def scenario(env):
    env.watch("example.org")
    lengths = {}
    for level in ("debug", "INFO", "Warn", "WARNING", "error", "CRITICAL", "fatal", "NOTSET", ""):
        for style in ("text", "json"):
            process = env.start(WEBHOOK_URL=None, LOG_LEVEL=level, LOG_FORMAT=style, SUSPICIOUS_GRACE_S=0)
            certificate = Certificate("www.example.org")
            env.feed.send(certificate.message())
            env.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}' AND severity = 'suspicious'")
            if level.lower() in ("debug", "info", "") and style == "text":
                process.wait_log("www.example.org|example.org")
            assert process.terminate() == 0
            lengths[level, style] = len(process.log)
            if style == "json":
                for line in process.log.splitlines():
                    assert isinstance(json.loads(line), dict), line
    for style in ("text", "json"):
        process = env.start(WEBHOOK_URL=None, LOG_FORMAT=style, LOG_PREFIX="[node 1]")
        assert process.terminate() == 0
        for line in process.log.splitlines():
            assert line.startswith("[node 1] 20") if style == "text" else json.loads(line)["prefix"] == "[node 1]", line
    for style in ("text", "json"):
        assert lengths["INFO", style] > 0
        assert lengths["debug", style] >= lengths["INFO", style] > lengths["error", style]
        assert lengths["CRITICAL", style] == 0, "something critical in a run without trouble"
