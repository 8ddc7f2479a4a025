"""Passwords, tokens and keys stand in no log, on no page, in no process title, however much goes wrong."""

import pathlib
import secrets

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 25


def scenario(env):
    env.watch("example.org")
    marks = {name: secrets.token_hex(12) for name in ("user", "password", "authorization", "wrong", "signing")}
    key = "whsec_" + secrets.token_hex(16)
    env.secrets += [*marks.values(), key, key.removeprefix("whsec_")]

    def file(name, content):
        path = env.folder / name
        path.write_text(content + "\n")
        return path

    database = env.database
    proxy = env.proxy(database.server.port)
    with_user = env.webhook.url.replace("http://", f"http://user:{marks['password']}@")
    for style, files in (("text", False), ("json", True)):
        values = {"POSTGRES_DSN": database.dsn_through(proxy.port), "WEBHOOK_URL": with_user, "WEBHOOK_SECRET": key}
        if files:
            values = {f"{name}_FILE": file(name, value) for name, value in values.items()}
            values["WEBHOOK_URL_FILE"] = file("url", env.webhook.url)
            values["WEBHOOK_AUTHORIZATION_FILE"] = file("authorization", f"Bearer {marks['authorization']}")
        env.webhook.script = [500, Answer(reset=True), Answer(302, {"Location": with_user}),
                              Answer(500, body=with_user.encode() + key.encode())]
        process = env.start(feeds=[env.feed], **{"CERTSTREAM_URL": env.feed.url, "LOG_FORMAT": style, **values})
        before = len(env.alerts())
        env.feed.send(Certificate("www.example.org").message())
        env.wait_alerts(before + 1, "delivered", timeout=120)
        if files:
            assert env.webhook.requests[-1].headers["authorization"] == f"Bearer {marks['authorization']}"
            assert "webhook-signature" in env.webhook.requests[-1].headers
        # Errors of every part, with the addresses they happened at.
        env.webhook.refuse()
        env.feed.send(Certificate("refused.example.org").message())
        failures = process.metric("certwatch_webhook_total", result="failure")
        process.wait_metric("certwatch_webhook_total", result="failure", at_least=failures + 1)
        env.webhook.listen()
        proxy.refuse()
        proxy.cut()
        process.wait_metric("certwatch_store_up", equals=0)
        proxy.listen()
        process.wait_metric("certwatch_store_up", equals=1)
        env.wait_alerts(before + 2, "delivered", timeout=120)
        title = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        assert not any(secret in title for secret in env.secrets), title
        assert not any(secret in str(row["last_error"]) for row in env.alerts() for secret in env.secrets)
        assert process.terminate() == 0

    # Words of others that repeat our password.
    wrong = database.dsn.replace(database.server.password, marks["wrong"])
    for dsn in (wrong, wrong.replace("/test_", "/nowhere_"), wrong.replace("127.0.0.1", "host.invalid"),
                f"host=127.0.0.1 port={database.server.port} user=certwatch password='{marks['wrong']}' dbname=x"):
        process = env.launch(POSTGRES_DSN=dsn)
        process.wait_alive()
        process.wait_metric("certwatch_store_errors_total", at_least=1)
        assert process.terminate() == 0
