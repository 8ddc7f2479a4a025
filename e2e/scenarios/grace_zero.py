"""Without a grace window the verdict falls at once; a fraction of a second is a window too."""

from e2e.harness.messages import Certificate


def scenario(env):
    env.watch("example.org")
    for grace in ("0", "0.25"):
        process = env.start(SUSPICIOUS_GRACE_S=grace)
        before = len(env.webhook.requests)
        env.feed.send(Certificate("www.example.org").message())
        assert env.webhook.wait_for(before + 1)[before].json["severity"] == "suspicious"
        env.wait_settled(before + 1)
        assert process.terminate() == 0
