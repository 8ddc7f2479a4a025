"""Passwords, tokens and keys stand in no log, on no page, in no process title, however much goes wrong."""

import pathlib
import secrets

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 15


def scenario(env):
    env.watch("example.org")
    marks = {name: secrets.token_hex(12) for name in ("user", "password", "authorization", "signing")}
    key = "whsec_" + secrets.token_hex(16)
    env.secrets += [*marks.values(), key, key.removeprefix("whsec_")]

    def file(name, content):
        path = env.folder / name
        path.write_text(content + "\n")
        return path

    outage = env.outage()
    with_user = env.webhook.url.replace("http://", f"http://user:{marks['password']}@")
    for style, files in (("text", False), ("json", True)):
        values = {**outage.variables, "WEBHOOK_URL": with_user, "WEBHOOK_SECRET": key}
        if files:
            secret = values.keys() - {"SQLITE_PATH"}
            values.update({f"{name}_FILE": file(name, values.pop(name)) for name in secret})
            values["WEBHOOK_URL_FILE"] = file("url", env.webhook.url)
            values["WEBHOOK_AUTHORIZATION_FILE"] = file("authorization", f"Bearer {marks['authorization']}")
        env.webhook.script = [500, Answer(reset=True), Answer(302, {"Location": with_user}),
                              Answer(500, body=with_user.encode() + key.encode())]
        process = env.start(feeds=[env.feed], **{"CERTSTREAM_URL": env.feed.url, "LOG_FORMAT": style, **values})
        before = len(env.alerts())
        # Errors of every part, with the addresses they happened at.
        env.webhook.refuse()
        env.feed.send(Certificate("refused.example.org").message())
        (delivery,) = env.wait_deliveries(1, "last_error <> ''")
        assert not any(secret in delivery["last_error"] for secret in env.secrets)
        env.webhook.listen()
        env.feed.send(*(Certificate(f"www-{number}.example.org").message() for number in range(4)))
        env.wait_alerts(before + 5, "delivered", timeout=120)
        if files:
            assert env.webhook.requests[-1].headers["authorization"] == f"Bearer {marks['authorization']}"
            assert "webhook-signature" in env.webhook.requests[-1].headers
        outage.begin()
        process.wait_metric("certwatch_store_up", equals=0)
        outage.end()
        process.wait_metric("certwatch_store_up", equals=1)
        title = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        assert not any(secret in title for secret in env.secrets), title
        assert process.terminate() == 0
