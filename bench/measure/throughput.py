"""Messages a second, and what each costs, beside the floors in the same round."""

import dataclasses
import pathlib
import tempfile
import time

from bench.measure import machine
from bench.measure.programs import Feed, Floor
from bench.measure.service import Service

_FEED_OPTIONS = {"ws": [], "wss": [], "deflate": ["--deflate"]}


@dataclasses.dataclass
class Plan:
    """`certwatch` rows: (wire, entries, percent of hits)."""

    rounds: int
    count: int
    rows: list


@dataclasses.dataclass
class Run:
    """One subject, once."""

    messages_per_second: float
    processor_us: float  # a message
    settled_us: float  # the same, until every row was on record
    delays: list  # seconds, from message to row


def measure(plan, processors, server, authority, say):
    """The results, a dict a row, floors first."""
    wires = list(dict.fromkeys(row[0] for row in plan.rows))
    subjects = {}
    try:
        for wire in wires:
            for kind in ("bare", "index"):
                feed = _feed(wire, authority)
                subjects[wire, kind] = Floor(kind, feed, processors, authority.bundle if wire == "wss" else None)
                subjects[wire, kind].feed = feed
        for wire, entries in dict.fromkeys((row[0], row[1]) for row in plan.rows):
            say(f"starting certwatch, {wire}, {entries} entries")
            subjects[wire, entries] = _service(server, wire, entries, processors, authority)
        runs = {}
        for number in range(plan.rounds):
            say(f"round {number + 1} of {plan.rounds}, load {machine.load():.1f}")
            order = [(wire, kind, 0) for wire in wires for kind in ("bare", "index")] + plan.rows
            for key in order if number % 2 == 0 else reversed(order):
                runs.setdefault(key, []).append(_run(subjects[key[:2]], plan.count, key[2]))
        return [_result(key, runs, subjects, plan) for key in runs_in_order(runs, plan, wires)]
    finally:
        for subject in subjects.values():
            subject.close()
            subject.feed.close()


def runs_in_order(runs, plan, wires):
    floors = [(wire, kind, 0) for wire in wires for kind in ("bare", "index")]
    return [key for key in floors + plan.rows if key in runs]


def _feed(wire, authority):
    return Feed(*_FEED_OPTIONS[wire], tls=authority.server_files() if wire == "wss" else None)


def _service(server, wire, entries, processors, authority):
    variables = {}
    if wire == "wss":
        variables["SSL_CERT_FILE"] = authority.bundle
    if wire == "deflate":
        variables["CERTSTREAM_DEFLATE"] = "true"
    return Service(server, _feed(wire, authority), entries, processors, f"{wire}-{entries}", **variables)


def _run(subject, count, hits_percent):
    is_service = isinstance(subject, Service)
    if is_service:
        subject.feed.prepare(int(count * hits_percent / 100) + 1, "/dev/null")
        messages_before, rows_before = subject.messages_read(), subject.rows()
    with tempfile.NamedTemporaryFile("r") as hits:
        processor_before = machine.processor_seconds(subject.pid)
        played = subject.feed.play(count, hits_percent, ends=subject.ends, file=hits.name)
        time.sleep(0.01)
        processor = machine.processor_seconds(subject.pid) - processor_before
        settled, delays = processor, []
        if is_service:
            read = subject.messages_read() - messages_before
            assert read == count, f"{read:g} of {count} messages were read"
        if played["hits"]:
            subject.wait_rows(rows_before + played["hits"])
            settled = machine.processor_seconds(subject.pid) - processor_before
            delays = _delays(subject.database, pathlib.Path(hits.name).read_text())
            assert len(delays) == played["hits"], f"{len(delays)} of {played['hits']} hits are on record"
            assert subject.dropped() == 0, "matches were dropped"
    if subject.ends:
        subject.feed.wait("connected")
    return Run(count / played["seconds"], processor / count * 1e6, settled / count * 1e6, delays)


def _delays(database, hits):
    """From before the write that a hit was part of to the commit of its row, in seconds."""
    committed = {}
    for line in database.execute("SELECT fingerprint, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM public.alerts"):
        fingerprint, at = line.split("|")
        committed[fingerprint] = float(at)
    sent = (line.split("\t") for line in hits.splitlines())
    return [committed[fingerprint] - float(at) for fingerprint, at in sent if fingerprint in committed]


def _result(key, runs, subjects, plan):
    wire, what, hits = key
    own = runs[key]

    def ratio(floor, of):
        pairs = zip(own, runs[wire, floor, 0])
        return machine.median([of(mine) / of(its) for mine, its in pairs])

    delays = [delay for run in own for delay in run.delays]
    subject = subjects[wire, what]
    result = {
        "wire": wire,
        "subject": what if isinstance(what, str) else "certwatch",
        "entries": None if isinstance(what, str) else what,
        "hits_percent": hits,
        "rounds": plan.rounds,
        "messages_a_round": plan.count,
        "messages_per_second": machine.median([run.messages_per_second for run in own]),
        "processor_us": machine.median([run.settled_us for run in own]),
        "rate_to_bare": ratio("bare", lambda run: run.messages_per_second),
        "rate_to_index": ratio("index", lambda run: run.messages_per_second),
        "processor_to_bare": ratio("bare", lambda run: run.settled_us),
        "processor_to_index": ratio("index", lambda run: run.settled_us),
        "delay_p50_ms": machine.percentile(delays, 50) * 1e3 if delays else None,
        "delay_p99_ms": machine.percentile(delays, 99) * 1e3 if delays else None,
        "resident": machine.resident(subject.pid),
        "peak_resident": machine.resident(subject.pid, peak=True),
    }
    if result["subject"] == "certwatch":
        # Against the shortest list on the same wire, in the same round; 0 hits for entries, the same entries for hits.
        least = min(row[1] for row in plan.rows if row[0] == wire)
        result["processor_to_fewest_entries"] = _against((wire, least, hits), own, runs)
        result["processor_to_no_hits"] = _against((wire, what, 0), own, runs)
    return result


def _against(other, own, runs):
    if other not in runs:
        return None
    return machine.median([mine.settled_us / its.settled_us for mine, its in zip(own, runs[other])])
