"""Two processes on one database and one feed: each alert once, each delivery once, whatever the verdict."""

from e2e.harness.messages import Certificate

SECONDS = 25
_COUNT = 120


def scenario(env):
    env.watch("example.org")
    env.webhook.script = [500] * 20
    first = env.start()
    second = env.start()
    assert len(env.feed.clients) == 2
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    env.own(*certificates[: _COUNT // 3])
    for certificate in certificates:
        env.feed.send(certificate.message("precertificate"), certificate.message())
    late = certificates[_COUNT // 3 : _COUNT // 2]
    env.own(*late)
    rows = env.wait_settled(_COUNT, timeout=150)
    env.nothing_more(_COUNT + 20)
    good = [request.json["id"] for request in env.webhook.requests if request.status == 200]
    assert len(good) == len(set(good)) == _COUNT, "an alert was delivered twice"
    assert {row["event_id"] for row in rows} == set(good)
    assert len(env.deliveries("delivered_at IS NOT NULL")) == len(env.deliveries()) == _COUNT
    recorded = [process.metric("certwatch_alerts_total") for process in (first, second)]
    assert sum(recorded) == _COUNT, recorded
    severities = {row["sans"][0]: row["severity"] for row in rows}
    for number, certificate in enumerate(certificates):
        if number < _COUNT // 3:
            assert severities[certificate.names[0]] == "info"
        elif number >= _COUNT // 2:
            assert severities[certificate.names[0]] == "suspicious"
