"""HTTP_PROXY is honoured for the webhook, NO_PROXY too."""

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the way to the webhook"


def scenario(env):
    env.watch("example.org")
    proxy = env.another_webhook()
    address = f"http://127.0.0.1:{proxy.port}"
    process = env.start(WEBHOOK_URL="http://n8n.invalid:5678/hook/t0ken-in-path?q=1", HTTP_PROXY=address)
    env.secrets.append("t0ken-in-path")
    env.feed.send(Certificate("www.example.org").message())
    (request,) = proxy.wait_for(1)
    assert request.path == "http://n8n.invalid:5678/hook/t0ken-in-path?q=1", request.path
    assert request.headers["host"] == "n8n.invalid:5678"
    env.wait_settled(1)
    assert process.terminate() == 0

    process = env.start(HTTP_PROXY=address, NO_PROXY="example.com,127.0.0.1")
    env.feed.send(Certificate("www.example.org").message())
    env.webhook.wait_for(1)
    env.wait_settled(2)
    assert len(proxy.requests) == 1
