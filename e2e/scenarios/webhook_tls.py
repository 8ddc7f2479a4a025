"""https:// webhooks are verified against SSL_CERT_FILE; where the certificate is wrong nothing is sent."""

from e2e.harness import tls
from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the way to the webhook"


def scenario(env):
    env.watch("example.org")
    receiver = env.another_webhook(tls=env.authority.server_context())
    process = env.start(WEBHOOK_URL=receiver.url, SSL_CERT_FILE=env.authority.bundle)
    env.feed.send(Certificate("www.example.org").message())
    assert receiver.wait_for(1)[0].json["severity"] == "suspicious"
    env.wait_settled(1)
    assert process.terminate() == 0

    stranger = env.another_webhook(tls=tls.Authority(env.folder / "stranger").server_context())
    process = env.start(WEBHOOK_URL=stranger.url, SSL_CERT_FILE=env.authority.bundle)
    env.feed.send(Certificate("www.example.org").message())
    process.wait_metric("certwatch_webhook_total", result="failure", at_least=2)
    assert stranger.requests == []
    (delivery,) = env.deliveries("delivered_at IS NULL")
    assert delivery["last_error"]
