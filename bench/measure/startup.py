"""From exec to the first message read."""

import time

from bench.measure import machine
from bench.measure.programs import Feed
from bench.measure.service import Service, filled_database


def measure(entries, times, processors, server, say):
    """Seconds from before exec until the service had read the first message of its feed."""
    say(f"start-up with {entries} entries")
    database = filled_database(server, entries)
    database.execute("VACUUM ANALYZE")
    feed = Feed("--distinct", 200, "--greet")
    taken = []
    try:
        for _ in range(times):
            before = time.time()
            service = Service(server, feed, entries, processors, "startup", wait=False, database=database)
            greeted = feed.wait("greeted")
            taken.append(greeted["begun_at"] + greeted["seconds"] - before)
            service.process.wait_alive()
            service.close()
    finally:
        feed.close()
    return {"entries": entries, "times": times, "median_ms": machine.median(taken) * 1e3, "worst_ms": max(taken) * 1e3}
