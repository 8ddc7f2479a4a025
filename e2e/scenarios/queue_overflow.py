"""The queue before the database is bounded: what does not fit is counted and logged, to the last one."""

import json

from e2e.harness.environment import Skip
from e2e.harness.messages import Certificate, encoded

SECONDS = 40
_MORE = 700


def scenario(env):
    env.watch("example.org")
    env.drops_expected = True
    outage = env.outage()
    process = env.start(**outage.variables, WEBHOOK_URL=None, LOG_LEVEL="INFO")
    capacity = int(process.metric("certwatch_match_queue_capacity"))
    if capacity > 100_000:
        raise Skip(f"a queue of {capacity} takes too long to fill")
    outage.begin()
    count = capacity + _MORE
    # Made by replacing parts of one message: so many certificates would take longer to issue than to send.
    template = encoded(Certificate("host-0000000.example.org").message(lite=True))
    fields = json.loads(template)["data"]["leaf_cert"]
    serial, fingerprint = fields["serial_number"].encode(), fields["fingerprint"].encode()
    for number in range(count):
        env.feed.send(
            template.replace(b"host-0000000", b"host-%07d" % number)
            .replace(serial, b"5A%014X" % number)
            .replace(fingerprint, b"AA:" * 16 + b"%02X:%02X:%02X:%02X" % tuple(number.to_bytes(4, "big")))
        )
    process.wait_metric("certwatch_ct_messages_total", type="certificate_update", equals=count, timeout=120)
    dropped = process.wait_metric("certwatch_dropped_matches_total", at_least=1)
    assert dropped <= _MORE, f"{dropped:g} dropped of {count}, with room for {capacity}"
    assert process.metrics().labels("certwatch_dropped_matches_total", "reason")
    process.wait_log("queue|dropped")
    assert process.log.count("\n") < 1000, "a line for each"
    assert process.healthz()[0] == 200
    outage.end()
    env.wait_alerts(count - int(dropped), timeout=200)
    process.wait_metric("certwatch_match_queue_depth", equals=0)
    assert len(env.alerts()) + process.metric("certwatch_dropped_matches_total") == count
