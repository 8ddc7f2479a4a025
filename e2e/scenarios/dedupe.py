"""One certificate in many logs, many times and after restarts is one alert."""

from e2e.harness.messages import Certificate, Log


def scenario(env):
    env.watch("example.org")
    process = env.start()
    certificate = Certificate("www.example.org")
    for log in [Log() for _ in range(6)]:
        env.feed.send(*(certificate.message(log=log) for _ in range(5)))
    env.wait_settled(1)
    process.wait_metric("certwatch_repeats_total", equals=29)
    env.feed.send(certificate.message(), certificate.message(lite=True))
    process.wait_metric("certwatch_repeats_total", equals=31)
    env.nothing_more(1)
    assert process.metric("certwatch_dedupe_cache_size") == 1
    assert process.metric("certwatch_alerts_total") == 1
    assert process.terminate() == 0

    process = env.start_again(process)
    env.feed.send(certificate.message(), certificate.message(log=Log()))
    process.wait_metric("certwatch_repeats_total", equals=2)
    env.nothing_more(1)
    assert len(env.alerts()) == 1
    assert process.metric("certwatch_alerts_total") == 0
