"""kill -9 between two attempts: after a restart the same body goes out again, and then no more."""

from e2e.harness.messages import Certificate

SECONDS = 20


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_TIMEOUT_S=2)
    env.webhook.default = 500
    env.feed.send(Certificate("www.example.org").message())
    env.wait_deliveries(1, "attempts >= 1 AND last_error <> ''")
    process.kill9()
    failed = len(env.webhook.requests)
    env.webhook.default = 200
    env.start_again(process)
    env.webhook.wait_for(failed + 1)
    env.wait_settled(1)
    assert len({request.body for request in env.webhook.requests}) == 1
    env.nothing_more(failed + 1)
