"""Only certificate updates are looked at; the others are counted by type, a closed set."""

from e2e.harness import messages
from e2e.harness.messages import ABSENT, Certificate

NOT_OF_THE_STORE = "messages on the wire"


def scenario(env):
    env.watch("example.org")
    process = env.start()
    update = Certificate("www.example.org").message
    env.feed.send(
        messages.HEARTBEAT,
        messages.DNS_ENTRIES,
        {"message_type": "dns_entries", "data": ["www.example.org"]},
        update(change={"message_type": "something new"}),
        update(change={"message_type": "certificate_updates"}),
        update(change={"message_type": ABSENT}),
        {"data": {}},
        {"message_type": "certificate_update", "data": {"leaf_cert": {"all_domains": []}}},
        update(change={"leaf_cert.all_domains": ABSENT}),
        update(change={"leaf_cert.all_domains": None}),
    )
    env.barrier()
    expected = {"heartbeat": 1, "dns_entries": 2, "other": 2, "unknown": 2, "certificate_update": 4}
    metrics = process.metrics()
    found = {kind: metrics.value("certwatch_ct_messages_total", type=kind) for kind in expected}
    assert found == expected, found
    assert metrics.labels("certwatch_ct_messages_total", "type") <= set(expected)
    assert metrics.value("certwatch_matches_total") == 1
    assert len(env.alerts()) == 1

    # What is no string in the list of names is passed over; what is, counts.
    env.feed.send(Certificate("x.example.org").message(
        change={"leaf_cert.all_domains": [None, 5, {"a": ["www.example.org"]}, [], True, "www.example.org"]}))
    env.wait_alerts(1, "severity = 'suspicious' AND matched = '[\"example.org\"]'")
