"""What one replica had begun when it was killed, the other finishes."""

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

SECONDS = 30
_COUNT = 20


def scenario(env):
    env.watch("example.org")
    first = env.start(WEBHOOK_TIMEOUT_S=2, SUSPICIOUS_GRACE_S=4)
    foreign = [Certificate(f"foreign-{number}.example.org") for number in range(_COUNT)]
    ours = [Certificate(f"ours-{number}.example.org") for number in range(_COUNT)]
    env.own(*ours)
    env.webhook.default = Answer(hang=True)
    env.feed.send(*(certificate.message() for certificate in ours + foreign))
    env.wait_alerts(2 * _COUNT)
    env.webhook.wait_for(1)
    other = env.another_feed()
    env.start_again(first, feeds=[other], CERTSTREAM_URL=other.url)
    first.kill9()
    env.webhook.default = 200
    env.wait_settled(2 * _COUNT, timeout=150)
    answered = [request.json["id"] for request in env.webhook.requests if request.status == 200]
    assert len(set(answered)) == 2 * _COUNT
