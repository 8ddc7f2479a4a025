"""What watch lists occupy, in the steady state and while one takes the place of another."""

import re
import time

from bench.measure import machine
from bench.measure.programs import Feed
from bench.measure.service import Service
from e2e.harness import waiting

_SETTLING = 3  # seconds: three refreshes that find nothing new


def measure(sizes, processors, server, say):
    """A dict for each number of entries, shortest list first: bytes an entry are against that."""
    results = []
    for entries in sorted(sizes):
        say(f"memory with {entries} entries")
        feed = Feed("--distinct", 200)
        service = Service(server, feed, entries, processors, "memory", WATCH_REFRESH_INTERVAL_S=1)
        try:
            results.append(_measure_one(service, results[0] if results else None))
        finally:
            service.close()
            feed.close()
    return results


def _measure_one(service, smallest):
    pid, entries = service.pid, service.entries
    start_peak = machine.resident(pid, peak=True)
    service.feed.play(20_000)
    used = machine.processor_seconds(pid)
    time.sleep(_SETTLING)
    used = machine.processor_seconds(pid) - used
    steady = machine.resident(pid)
    built_before = _lists_built(service)

    machine.forget_peak(pid)
    service.database.insert("intent_current", {"fqdn": "one-more.test"})
    waiting.until(lambda: service.process.metric("certwatch_watch_entries") == entries + 1, "the new watch list")
    swap_peak = machine.resident(pid, peak=True)
    time.sleep(1)
    result = {
        "entries": entries,
        "start_peak_resident": start_peak,
        "resident": steady,
        "swap_peak_resident": swap_peak,
        "resident_after_swap": machine.resident(pid),
        "lists_built_without_change": built_before - 1,
        "idle_processor_percent": 100 * used / _SETTLING,
    }
    if smallest is not None:
        more = entries - smallest["entries"]
        for key in ("resident", "swap_peak_resident", "resident_after_swap"):
            result[key + "_bytes_an_entry"] = (result[key] - smallest["resident"]) / more
    return result


def _lists_built(service):
    return len(re.findall("watch list loaded", service.process.log))
