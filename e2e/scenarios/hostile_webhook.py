"""A receiver that answers with a gigabyte, byte by byte, or with a redirect: bounded memory, bounded time."""

from e2e.harness import certwatch
from e2e.harness.messages import Certificate
from e2e.harness.webhook import Answer

NOT_OF_THE_STORE = "what a receiver answers"
SECONDS = 40
_GIBIBYTE = 1 << 30


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_TIMEOUT_S=3)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_settled(1)
    memory = process.resident(peak=True)

    # A gigabyte: not read, and it did say 200.
    env.webhook.script = [Answer(200, endless=_GIBIBYTE)]
    env.feed.send(Certificate("endless.example.org").message())
    env.wait_settled(2)
    taken = env.webhook.wait_answered(2)[1].bytes_taken
    assert taken < _GIBIBYTE // 4, f"{taken} bytes were read"
    env.webhook.script = [Answer(500, endless=_GIBIBYTE)]
    env.feed.send(Certificate("endless-failure.example.org").message())
    env.wait_settled(3)
    if not certwatch.sanitized():
        grown = process.resident(peak=True) - memory
        assert grown < 100 << 20, f"{grown} bytes more memory"

    # Head and body in drops: the attempt ends when its time is over, not when the peer likes.
    before = len(env.webhook.requests)
    env.webhook.script = [Answer(200, dribble=0.5, body=b"x" * 500)]
    env.feed.send(Certificate("dribble.example.org").message())
    first, second = env.webhook.wait_for(before + 2)[before:]
    assert second.at - first.at < 20, f"{second.at - first.at:.1f} s for an attempt of 3 s"
    env.wait_settled(4)

    # A redirect: not followed, a failure.
    elsewhere = env.another_webhook()
    for status in (301, 302, 303, 307, 308):
        before = len(env.webhook.requests)
        env.webhook.script = [Answer(status, {"Location": elsewhere.url})]
        env.feed.send(Certificate("redirect.example.org").message())
        requests = env.webhook.wait_for(before + 2)
        assert all(request.method == "POST" for request in requests)
    env.wait_settled(9)
    assert elsewhere.requests == []

    # Answers that are hardly HTTP.
    for raw in (b"HTTP/1.1 200 OK\r\n" + b"A: " + b"b" * 10_000_000, b"HTTP/1.1 " + b"2" * 100_000, b"\x00" * 1000,
                b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"HTTP/1.1 500 \x1b[31mred\x1b[0m\r\nContent-Length: 3\r\n\r\n\x07\x00\x1b"):
        count = len(env.alerts())
        env.webhook.script = [Answer(raw=raw)]
        env.feed.send(Certificate("raw.example.org").message())
        env.wait_settled(count + 1)
    assert process.metric("certwatch_webhook_total", result="failure") >= 7
