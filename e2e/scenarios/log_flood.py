"""A feed of nothing but rubbish: counted one by one, told of in few lines."""

import json

from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the log"
SECONDS = 10
_COUNT = 20_000


def scenario(env):
    env.watch("example.org")
    process = env.start(WEBHOOK_URL=None, LOG_LEVEL="INFO", LOG_FORMAT="json")
    connection = env.feed.clients[0]
    for number in range(_COUNT):
        connection.send(b'{"message_type":"certificate_update","data":{"leaf_cert":' + b"rubbish \x1b[2J %d" % number)
    process.wait_metric("certwatch_undecodable_messages_total", equals=_COUNT)
    env.feed.send(Certificate("www.example.org").message())
    env.wait_alerts(1, "severity = 'suspicious'")
    log = process.log
    assert len(log) < 200_000, f"{len(log)} bytes of log"
    assert log.count("\n") < 500, f"{log.count(chr(10))} lines of log"
    for line in log.splitlines():
        assert isinstance(json.loads(line), dict), line
    assert "rubbish" in log or "undecodable" in log.lower()
