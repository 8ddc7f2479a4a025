"""Whatever is no 2xx is a failed attempt: client errors, redirects, garbage, silence, a closed port."""

from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

NOT_OF_THE_STORE = "what a receiver answers"
SECONDS = 20


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_TIMEOUT_S=2)
    # A kept connection may be closed in the moment of a request, which is then sent again on a new one at once: only the
    # second reset fails the attempt.
    failures = [[400], [404], [410], [503], [Answer(302, {"Location": env.webhook.url})],
                [Answer(raw=b"no HTTP at all\r\n\r\n")], [Answer(hang=True)], [Answer(reset=True)] * 2]
    for number, failure in enumerate(failures):
        before = len(env.webhook.requests)
        env.webhook.script = list(failure)
        env.feed.send(Certificate("www.example.org").message())
        requests = env.webhook.wait_for(before + len(failure) + 1)[before:]
        assert len({request.body for request in requests}) == 1, failure
        env.wait_settled(number + 1)
        env.nothing_more(before + len(failure) + 1, seconds=0.5)
    assert process.metric("certwatch_webhook_total", result="failure") == len(failures)
    # Nobody listens.
    before = len(env.webhook.requests)
    env.webhook.refuse()
    env.feed.send(Certificate("www.example.org").message())
    process.wait_metric("certwatch_webhook_total", result="failure", at_least=len(failures) + 1)
    env.webhook.listen()
    env.webhook.wait_for(before + 1)
    env.wait_settled(len(failures) + 1)
    for status in (201, 202, 299):
        before = len(env.webhook.requests)
        env.webhook.script = [status]
        env.feed.send(Certificate("www.example.org").message())
        env.webhook.wait_for(before + 1)
        event = env.webhook.requests[-1].json["id"]
        env.wait_deliveries(1, f"delivered_at IS NOT NULL AND attempts = 1 AND event_id = '{event}'")
        env.nothing_more(before + 1, seconds=1.5)
