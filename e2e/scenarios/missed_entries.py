"""Entries a server did not pass on show as jumps of cert_index, counted per log; late and repeated ones are none."""

from e2e.harness import waiting
from e2e.harness.messages import Certificate, Log

NOT_OF_THE_STORE = "counters of the feed"
SECONDS = 25


def scenario(env):
    env.watch("example.org")
    one, two = env.another_feed(), env.another_feed()
    process = env.start(feeds=[one, two], CERTSTREAM_URL=f"{one.url},{two.url}", WEBHOOK_URL=None)
    message = Certificate("www.example.com").message

    def send(feed, log, *indexes):
        for index in indexes:
            feed.send(message(log=log, index=index))

    jump, late, repeated, shared, back, big = (Log(start=0) for _ in range(6))
    send(one, jump, 1000, 1001, 1002, 1010, 1011, 1020)  # 7 and 8
    send(one, late, 500, 510, *range(501, 510), 511)  # all came, only later
    send(one, repeated, 70, 70, 71, 71, 70, 72)
    for index in range(900, 960):  # each feed passes on every second one
        send(one if index % 2 else two, shared, index)
    send(one, back, 100_000, 100_001, 5, 6, 7, 100_002)
    send(one, big, 2**40, 2**40 + 1)
    expected = {jump.url: 15}
    waiting.until(lambda: process.metric("certwatch_feed_missed_entries_total", log=jump.url) == 15,
                  lambda: f"15 missed of {jump.url}: {process.metric('certwatch_feed_missed_entries_total')}")
    # Both feeds miss the same ones: counted once.
    for feed in (one, two):
        send(feed, shared, 963, 964)
    expected[shared.url] = 3
    waiting.until(lambda: process.metric("certwatch_feed_missed_entries_total", log=shared.url) == 3,
                  lambda: f"3 missed: {process.metric('certwatch_feed_missed_entries_total', log=shared.url)}")
    send(one, jump, 1021)
    waiting.stays(lambda: process.metric("certwatch_feed_missed_entries_total") == 18,
                  lambda: process.get("/metrics")[1], seconds=5)
    # After a reconnect, what was not sent meanwhile is missed as well.
    one.clients[0].drop()
    one.wait_for_client(2)
    send(one, jump, 1025)
    waiting.until(lambda: process.metric("certwatch_feed_missed_entries_total", log=jump.url) == 18,
                  "3 more missed")
