"""Two replicas get precertificate and certificate of the same issuance at the same moment: still one alert each."""

from e2e.harness.messages import Certificate

SECONDS = 25
_COUNT = 150


def scenario(env):
    env.watch("example.org")
    one, two = env.another_feed(), env.another_feed()
    for feed in (one, two):
        env.start(feeds=[feed], CERTSTREAM_URL=feed.url, SUSPICIOUS_GRACE_S=2)
    certificates = [Certificate(f"host-{number}.example.org") for number in range(_COUNT)]
    for number, certificate in enumerate(certificates):
        first, second = (one, two) if number % 2 else (two, one)
        first.send(certificate.message("precertificate", lite=number % 3 == 0))
        second.send(certificate.message(lite=number % 5 == 0))
    rows = env.wait_settled(_COUNT, timeout=120)
    env.nothing_more(_COUNT)
    assert len({row["sans"][0] for row in rows}) == _COUNT
