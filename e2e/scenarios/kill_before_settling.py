"""kill -9 between the POST and its record: the receiver gets it again, with the same id, and can tell."""

from e2e.harness.messages import Certificate

SECONDS = 20


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_TIMEOUT_S=2)

    def kill(_):
        env.webhook.decide = None
        process.kill9()

    env.webhook.decide = kill
    env.feed.send(Certificate("www.example.org").message())
    env.webhook.wait_for(1)
    process.wait_exit()
    (row,) = env.alerts()
    assert row["delivered"] is False
    env.start_again(process)
    first, second = env.webhook.wait_for(2)
    assert first.body == second.body
    env.wait_settled(1)
    env.nothing_more(2)
