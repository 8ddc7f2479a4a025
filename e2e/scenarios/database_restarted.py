"""PostgreSQL is restarted, crashes, is killed: nothing is lost and nothing is told twice."""

from e2e.harness.messages import Certificate

NEEDS_POSTGRES = "a server of its own"
SECONDS = 40
_EACH = 40


def scenario(env):
    server = env.use_own_cluster()
    env.watch("example.org")
    process = env.start(SUSPICIOUS_GRACE_S=2)
    count = 0
    for end in (
        lambda: server.stop("fast"),
        lambda: server.stop("immediate"),
        server.kill9,
    ):
        certificates = [Certificate(f"host-{count + number}.example.org") for number in range(3 * _EACH)]
        env.own(*certificates[:_EACH])
        for certificate in certificates[:_EACH]:
            env.feed.send(certificate.message())
        for certificate in certificates[_EACH : 2 * _EACH]:
            env.feed.send(certificate.message())
        end()
        read = process.metric("certwatch_ct_messages_total")
        for certificate in certificates[2 * _EACH :]:
            env.feed.send(certificate.message())
        process.wait_metric("certwatch_ct_messages_total", at_least=read + 1)
        process.wait_metric("certwatch_store_up", equals=0)
        assert process.healthz()[0] == 200
        server.start()
        env.database.close()
        count += 3 * _EACH
        env.wait_settled(count, timeout=120)
        process.wait_ready()
        assert len(env.feed.connections) == 1
    ids = {payload["id"] for payload in env.webhook.payloads()}
    assert len(ids) == count
    # Twice only where the database fell between the 2xx and its record.
    assert len(env.webhook.requests) <= count + 3 * 8
