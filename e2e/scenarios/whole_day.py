"""A while of mixed traffic from two feeds: every number on /metrics agrees with what was sent and what is on record."""

import random

from e2e.harness import messages
from e2e.harness.messages import Certificate, Log

SECONDS = 30
_MESSAGES = 4000


def scenario(env):
    env.watch("example.org", "example.net")
    one, two = env.another_feed(), env.another_feed()
    process = env.start(feeds=[one, two], CERTSTREAM_URL=f"{one.url},{two.url}", LOG_LEVEL="INFO", SUSPICIOUS_GRACE_S=2)
    generator = random.Random(11)
    logs = [Log(start=1) for _ in range(5)]
    stranger = [Certificate(f"www-{number}.example.com") for number in range(50)]
    ours = [Certificate(f"ours-{number}.example.org") for number in range(60)]
    foreign = [Certificate(f"foreign-{number}.example.net") for number in range(60)]
    env.own(*ours)
    matching = [(one, kind) for one in ours + foreign for kind in ("precertificate", "certificate")]
    generator.shuffle(matching)
    kinds = {"certificate_update": 0, "heartbeat": 0}
    for number in range(_MESSAGES):
        feed, log = generator.choice((one, two)), generator.choice(logs)
        if number % 40 == 0:
            feed.send(messages.HEARTBEAT)
            kinds["heartbeat"] += 1
        if number % (_MESSAGES // len(matching)) == 0 and matching:
            certificate, kind = matching.pop()
            feed.send(certificate.message(kind, log=log))
        else:
            feed.send(generator.choice(stranger).message(log=log))
        kinds["certificate_update"] += 1
    while matching:
        certificate, kind = matching.pop()
        one.send(certificate.message(kind))
        kinds["certificate_update"] += 1
    rows = env.wait_settled(120, timeout=120)
    env.nothing_more(120)
    for kind, count in kinds.items():
        process.wait_metric("certwatch_ct_messages_total", type=kind, equals=count)
    metrics = process.metrics()
    assert metrics.value("certwatch_matches_total") == 240
    assert metrics.value("certwatch_repeats_total") == 120
    assert metrics.value("certwatch_alerts_total", severity="info") == 60
    assert metrics.value("certwatch_alerts_total", severity="suspicious") == 60
    assert metrics.value("certwatch_webhook_total", result="success") == 120
    assert metrics.value("certwatch_alert_delay_seconds_count") == 120
    assert metrics.value("certwatch_feed_missed_entries_total") == 0
    assert metrics.value("certwatch_store_errors_total") == 0
    assert sum(row["severity"] == "info" for row in rows) == 60
