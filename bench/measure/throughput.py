"""Messages a second, and what each costs, beside the floors in the same round.

Hits are unknown certificates. Without a webhook their grace window does not end within the run: what is measured is
from message to row. "webhook" rows have no grace: verdict and delivery are measured too.
"""

import dataclasses
import pathlib
import tempfile
import time

from bench.measure import machine
from bench.measure.programs import Feed, Floor
from bench.measure.receiver import Receiver
from bench.measure.service import Service

_FEED_OPTIONS = {"ws": [], "wss": [], "deflate": ["--deflate"]}


@dataclasses.dataclass
class Plan:
    """`rows` of certwatch: (wire, what, percent of hits); `what` is (entries, "row" or "webhook")."""

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
        for wire, what in dict.fromkeys(row[:2] for row in plan.rows):
            say(f"starting certwatch, {wire}, {what[0]} entries, to the {what[1]}")
            subjects[wire, what] = _service(server, wire, what, processors, authority)
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
            if getattr(subject, "receiver", None):
                subject.receiver.close()


def runs_in_order(runs, plan, wires):
    floors = [(wire, kind, 0) for wire in wires for kind in ("bare", "index")]
    return [key for key in floors + plan.rows if key in runs]


def _feed(wire, authority):
    return Feed(*_FEED_OPTIONS[wire], tls=authority.server_files() if wire == "wss" else None)


def _service(server, wire, what, processors, authority):
    entries, goal = what
    variables = {}
    receiver = None
    if goal == "webhook":
        receiver = Receiver()
        variables.update(WEBHOOK_URL=receiver.url, SUSPICIOUS_GRACE_S=0)
    if wire == "wss":
        variables["SSL_CERT_FILE"] = authority.bundle
    if wire == "deflate":
        variables["CERTSTREAM_DEFLATE"] = "true"
    service = Service(server, _feed(wire, authority), entries, processors, f"{wire}-{entries}", **variables)
    service.receiver = receiver
    return service


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
            subject.wait_rows(rows_before + played["hits"], "delivered" if subject.receiver else "true")
            settled = machine.processor_seconds(subject.pid) - processor_before
            if not subject.receiver:
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
    is_floor = isinstance(what, str)
    result = {
        "wire": wire,
        "subject": what if is_floor else "certwatch",
        "entries": None if is_floor else what[0],
        "hits_percent": hits,
        "hits_go_to": None if is_floor or not hits else what[1],
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
    if not is_floor:
        # Against the shortest list, and against no hits, in the same round.
        entries, goal = what
        least = min(row[1][0] for row in plan.rows if row[0] == wire)
        result["processor_to_fewest_entries"] = _against((wire, (least, goal), hits), own, runs)
        result["processor_to_no_hits"] = _against((wire, (entries, "row"), 0), own, runs)
    return result


def _against(other, own, runs):
    if other not in runs:
        return None
    return machine.median([mine.settled_us / its.settled_us for mine, its in zip(own, runs[other])])
