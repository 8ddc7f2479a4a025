"""With WEBHOOK_SECRET every attempt is signed as the Standard Webhooks specification says: one id, fresh times."""

from e2e.harness import webhook
from e2e.harness.messages import Certificate

NOT_OF_THE_STORE = "the webhook's request"

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's example


def scenario(env):
    vector = webhook.signature(_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert vector == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    env.watch("example.org")
    env.secrets.append(_SECRET.removeprefix("whsec_"))
    for secret in (_SECRET, _SECRET.removeprefix("whsec_")):
        process = env.start(WEBHOOK_SECRET=secret)
        before = len(env.webhook.requests)
        env.webhook.script = [500, 500]
        env.feed.send(Certificate("www.example.org", "ümläut.example.org").message())
        requests = env.webhook.wait_for(before + 3)[before:]
        for request in requests:
            webhook.verify(request, secret)
            assert request.headers["webhook-id"] == request.json["id"]
        times = [int(request.headers["webhook-timestamp"]) for request in requests]
        assert times == sorted(times) and times[2] > times[0], f"the time is not that of the attempt: {times}"
        env.wait_alerts(len(env.alerts()), "delivered")
        assert process.terminate() == 0
    process = env.start()
    before = len(env.webhook.requests)
    env.feed.send(Certificate("www.example.org").message())
    request = env.webhook.wait_for(before + 1)[before]
    assert "webhook-signature" not in request.headers
