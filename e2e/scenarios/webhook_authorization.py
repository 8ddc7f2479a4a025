"""User info in the URL is Basic authentication; WEBHOOK_AUTHORIZATION is sent as it is; neither is ever told."""

import base64

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the webhook's request"


def scenario(env):
    env.watch("example.org")
    user, password = "n8n user", "p@ss:w/örd-s3cret"
    url = env.webhook.url.replace("http://", "http://n8n%20user:p%40ss%3Aw%2F%C3%B6rd-s3cret@")
    env.secrets += [password, "p%40ss%3Aw", "s3cret"]
    basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    env.secrets.append(basic.split(" ")[1])
    token = "Bearer t0ken-0f-the-webhook"
    env.secrets.append("t0ken-0f-the-webhook")
    for variables, expected in [
        ({"WEBHOOK_URL": url}, basic),
        ({"WEBHOOK_URL": env.webhook.url.replace("http://", "http://just-a-user@")},
         "Basic " + base64.b64encode(b"just-a-user:").decode()),
        ({"WEBHOOK_AUTHORIZATION": token}, token),
        ({}, None),
    ]:
        process = env.start(**variables)
        before = len(env.webhook.requests)
        env.webhook.script = [500]
        env.feed.send(Certificate("www.example.org").message())
        for request in env.webhook.wait_for(before + 2)[before:]:
            assert request.headers.get("authorization") == expected, request.headers
            assert request.path == env.webhook.path, "user info or query handled wrongly"
            assert request.headers["host"] == f"127.0.0.1:{env.webhook.port}"
        env.wait_alerts(len(env.alerts()), "delivered")
        assert process.terminate() == 0
