"""A feed that invents logs by the thousand fills neither the metrics page nor the memory."""

from e2e.harness import certwatch
from e2e.harness.messages import Certificate, Log

NOT_OF_THE_STORE = "labels of metrics"
SECONDS = 15
_LOGS = 5000


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, LOG_LEVEL="INFO")
    message = Certificate("www.example.com").message
    for number in range(_LOGS):
        log = Log(url=f"https://log-{number}.example.net/" + "x" * 1000)
        env.feed.send(message(log=log, index=1, lite=True), message(log=log, index=100, lite=True))
    env.feed.send(message(log=Log(url='https://a"b\\c\n\x1b[31m\ud800/'), index=1))
    env.feed.send(message(log=Log(url='https://a"b\\c\n\x1b[31m\ud800/'), index=9))
    for number in range(200):
        env.feed.send({"message_type": f"kind-{number}", "data": {}})
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1, "severity = 'suspicious'")
    process.wait_metric("certwatch_feed_missed_entries_total", at_least=98)
    metrics = process.metrics()
    assert len(metrics.labels("certwatch_feed_missed_entries_total", "log")) <= 1000
    assert len(metrics.labels("certwatch_ct_messages_total", "type")) <= 5
    assert len(metrics.text) < 1_000_000, f"{len(metrics.text)} bytes of metrics"
    metrics.text.encode()
    if not certwatch.sanitized():
        assert process.resident() < 150 << 20
