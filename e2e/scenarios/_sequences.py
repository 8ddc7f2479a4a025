"""Arrivals → alerts: every sequence by which an issuance can turn up, and what must come of it.

Each sequence has its own names, so all of them are played at once: first every first arrival, then (with a restart, or
with another replica reading on) every second one. A message is what a log shows; an event is what the webhook gets.
"""

import collections

from e2e.harness import waiting
from e2e.harness.messages import ABSENT, DIGEST_OF_NOTHING, Certificate, RealPair

_GRACE = 3

INFO_FINGERPRINT = ("info", "fingerprint", None)
INFO_TBS = ("info", "tbs", None)
INFO_SERIAL = ("info", "serial", None)
UNKNOWN = ("suspicious", None, "unknown")
SERIAL_ONLY = ("suspicious", None, "serial_only")
SERIAL_CONFLICT = ("suspicious", None, "serial_conflict")

PRE, FINAL = "precertificate", "certificate"


class Sequence:
    """`first` and `second`: lists of messages; `events`: what the webhook gets in all, in any order."""

    def __init__(self, name, certificate, first, second, events, inventory=()):
        self.name = name
        self.domain = certificate.names[-1]
        self.first, self.second, self.events = first, second, events
        self.inventory = list(inventory)


def _twin(certificate, **how):
    """Another certificate with the serial, names and dates of this one, by the same authority: as whoever wants to pass
    for its owner would have it made."""
    return Certificate(
        *certificate.names,
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        issuer=certificate.issuer,
        **how,
    )


def sequences():
    """All of them, on new certificates."""
    made = []

    def add(name, build):
        label = name.replace(" ", "-").replace(",", "").replace(":", "").replace("'", "")
        certificate = Certificate(f"www.{label}.example.org", f"{label}.example.org")
        first, second, events, *inventory = build(certificate)
        made.append(Sequence(name, certificate, first, second, events, *inventory))

    def both_orders(name, build):
        """`build` gives (one arrival, another arrival, events, inventory) where the order must not matter."""
        add(f"{name}, in order", build)

        def turned(certificate):
            first, second, *rest = build(certificate)
            return (second, first, *rest)

        add(f"{name}, turned", turned)

    # Of strangers.
    both_orders("stranger pre and final", lambda c: ([c.message(PRE)], [c.message()], [UNKNOWN]))
    both_orders("stranger lite pre and lite final",
                lambda c: ([c.message(PRE, lite=True)], [c.message(lite=True)], [UNKNOWN]))
    both_orders("stranger lite pre and full final", lambda c: ([c.message(PRE, lite=True)], [c.message()], [UNKNOWN]))
    both_orders("stranger full pre and lite final", lambda c: ([c.message(PRE)], [c.message(lite=True)], [UNKNOWN]))
    both_orders("stranger tiled pre and full final", lambda c: ([c.message(PRE, tiled=True)], [c.message()], [UNKNOWN]))
    add("stranger in six logs", lambda c: (
        [c.message(PRE)] * 3, [c.message(PRE, lite=True), c.message(PRE), c.message(), c.message(lite=True)], [UNKNOWN]))
    add("stranger tiled in two logs", lambda c: (
        [c.message(PRE, tiled=True)], [c.message(PRE, tiled=True), c.message(tiled=True)], [UNKNOWN]))

    # Ours, by fingerprint, by TBS hash, and by serial from the precertificate on.
    both_orders("ours pre and final", lambda c: ([c.message(PRE)], [c.message()], None, [c.inventory_row()]))
    add("ours final first", lambda c: (
        [c.message()], [c.message(PRE), c.message(lite=True)], [INFO_FINGERPRINT], [c.inventory_row()]))
    add("ours pre first", lambda c: ([c.message(PRE)], [c.message()], [INFO_SERIAL], [c.inventory_row()]))
    add("ours lite pre first", lambda c: (
        [c.message(PRE, lite=True)], [c.message(lite=True)], [INFO_SERIAL], [c.inventory_row()]))
    add("ours tiled pre first", lambda c: (
        [c.message(PRE, tiled=True)], [c.message()], [INFO_SERIAL], [c.inventory_row()]))
    add("ours by tbs", lambda c: (
        [c.message(PRE)], [c.message()], [INFO_TBS],
        [c.inventory_row(serial=None, fingerprint_sha1=c.fingerprint("certificate")[::-1], tbs_sha256=c.tbs_sha256)]))
    # A certificate of which nothing is known but serial, dates and names can be told from no other: it is not ours by
    # them, and takes them away from no precertificate.
    add("ours pre and a final without identity", lambda c: (
        [c.message(PRE), c.message(tiled=True)], [c.message()], [INFO_SERIAL], [c.inventory_row()]))
    add("ours pre after a final without identity", lambda c: (
        [c.message(tiled=True), c.message(PRE)], [c.message(tiled=True), c.message()], [INFO_SERIAL],
        [c.inventory_row()]))
    add("ours tiled pre after a tiled final", lambda c: (
        [c.message(tiled=True), c.message(PRE, tiled=True)], [c.message()], [INFO_SERIAL], [c.inventory_row()]))
    add("a final without identity and with our serial", lambda c: (
        [c.message(tiled=True)], [], [SERIAL_ONLY], [c.inventory_row()]))
    for what, change in [
        ("colons", lambda c: {"serial": ":".join(c.serial_hex[at : at + 2] for at in range(0, len(c.serial_hex), 2))}),
        ("lower case", lambda c: {"serial": c.serial_hex.lower()}),
        ("leading zeros", lambda c: {"serial": "0000" + c.serial_hex}),
        ("0x", lambda c: {"serial": "0x" + c.serial_hex}),
        ("blanks and dashes", lambda c: {"serial": f" {c.serial_hex[:2]}-{c.serial_hex[2:4]} {c.serial_hex[4:]}"}),
        ("DNS prefixes", lambda c: {"sans": ["DNS:" + name for name in c.names]}),
        ("names in Unicode", lambda c: {"sans": ["b\u00fccher.example"]}),
        ("no names", lambda c: {"sans": []}),
        ("names null", lambda c: {"sans": None}),
        ("names in another order", lambda c: {"sans": list(reversed(c.names)) + c.names[:1]}),
    ]:
        add(f"ours inventory with {what}", lambda c, change=change: (
            [c.message(PRE)], [c.message()], [INFO_SERIAL], [c.inventory_row(**change(c))]))

    # The same serial is not enough.
    for what, change in [
        ("another serial", lambda c: {"serial": f"{c.serial + 1:X}"}),
        ("another start", lambda c: {"not_before": c.not_before - 60}),
        ("another end", lambda c: {"not_after": c.not_after + 60}),
        ("fewer names", lambda c: {"sans": c.names[:1]}),
        ("more names", lambda c: {"sans": [*c.names, "more.example.org"]}),
        ("serial null", lambda c: {"serial": None}),
    ]:
        add(f"not ours inventory with {what}", lambda c, change=change: (
            [c.message(PRE)], [c.message()], [UNKNOWN],
            [c.inventory_row(fingerprint_sha1=c.fingerprint()[::-1], **change(c))]))
    add("a final with only our serial", lambda c: (
        [_twin(c).message()], [], [SERIAL_ONLY], [c.inventory_row()]))

    def rogue(lite):
        def build(certificate):
            twin = _twin(certificate)
            events = [INFO_SERIAL, SERIAL_ONLY]  # called ours by its serial, until its certificate shows what it is
            return [twin.message(PRE, lite=lite)], [twin.message()], events, [certificate.inventory_row()]

        return build

    add("a rogue pre with our serial and its final", rogue(lite=False))
    add("a rogue lite pre with our serial and its full final", rogue(lite=True))

    # What is ours for certain takes the serial from who had passed for it.
    add("a rogue pre with our serial before ours", lambda c: (
        [_twin(c).message(PRE)], [c.message(PRE), c.message()], [INFO_SERIAL, INFO_FINGERPRINT, SERIAL_CONFLICT],
        [c.inventory_row()]))
    add("a rogue pre with our serial before ours by tbs", lambda c: (
        [_twin(c).message(PRE)], [c.message(PRE)], [SERIAL_ONLY, INFO_TBS],
        [c.inventory_row(fingerprint_sha1=c.fingerprint("certificate")[::-1], tbs_sha256=c.tbs_sha256)]))

    # The same serial key with another TBS is an alert of its own.
    both_orders("conflict of two finals", lambda c: ([c.message()], [_twin(c).message()], [UNKNOWN, SERIAL_CONFLICT]))
    both_orders("conflict of pre and final", lambda c: (
        [c.message(PRE)], [_twin(c).message()], [UNKNOWN, SERIAL_CONFLICT]))
    add("conflict after a lite sighting was bound", lambda c: (
        [c.message(PRE, lite=True), c.message()], [_twin(c).message()], [UNKNOWN, SERIAL_CONFLICT]))
    add("conflict after ours", lambda c: (
        [c.message()], [_twin(c).message()], [INFO_FINGERPRINT, SERIAL_CONFLICT], [c.inventory_row()]))

    # The digest of nothing is no fingerprint, not even where it stands in the inventory.
    add("the digest of nothing", lambda c: ([c.message(PRE, tiled=True)], [], [UNKNOWN]))

    # DER that is none, or belongs to something else.
    garbage = {"leaf_cert.as_der": "MIIBAAAA"}
    add("ours with broken DER", lambda c: (
        [c.message(PRE, change=garbage)], [], [SERIAL_ONLY], [c.inventory_row()]))
    add("fingerprint that is not that of the DER", lambda c: (
        [c.message(change={"leaf_cert.as_der": Certificate("x.example").message()["data"]["leaf_cert"]["as_der"]})],
        [c.message()], [UNKNOWN]))
    add("ours pre without fingerprint", lambda c: (
        [c.message(PRE, change={"leaf_cert.fingerprint": ABSENT})], [c.message()], [INFO_SERIAL], [c.inventory_row()]))

    # Update type and DER disagree: the poison decides.
    add("ours pre that calls itself final", lambda c: (
        [c.message(PRE, change={"update_type": "X509LogEntry"})], [c.message()], [INFO_SERIAL], [c.inventory_row()]))
    add("a final with our serial that calls itself pre", lambda c: (
        [_twin(c).message(change={"update_type": "PrecertLogEntry"})], [], [SERIAL_ONLY], [c.inventory_row()]))

    for name, events in (("rome.ct.filippo.io", [UNKNOWN]), ("housetrainingpuppy.info", [UNKNOWN]),
                         ("wildcard.7acnr.mongodb.net", [UNKNOWN, SERIAL_CONFLICT])):
        pair = RealPair(name)
        pre, final = pair.certificate(PRE), pair.certificate(FINAL)
        made.append(Sequence(f"real {name}", pre, [pre.message(PRE)], [final.message()], events))
    return made


def play(env, between):
    """Plays them all; `between(env, process)` stands between the first arrivals and the second ones."""
    env.watch("example.org", "filippo.io", "housetrainingpuppy.info", "mongodb.net")
    env.database.insert("certs", {"fingerprint_sha1": DIGEST_OF_NOTHING, "source": "a mistake"})
    played = sequences()
    for sequence in played:
        env.database.insert("certs", *sequence.inventory)
    process = env.start(SUSPICIOUS_GRACE_S=_GRACE)
    for sequence in played:
        env.feed.send(*sequence.first)
    env.barrier(domain="example.org")
    # Every first arrival has its verdict and its event before the second ones come.
    env.wait_alerts(len(played) + 1)
    waiting.until(lambda: not env.alerts("NOT delivered"), lambda: f"settled: {env.alerts('NOT delivered')[:2]}")
    between(env, process)
    for sequence in played:
        env.feed.send(*sequence.second)
    env.barrier(domain="example.org")

    def found():
        events = collections.defaultdict(list)
        for payload in env.webhook.payloads():
            for sequence in played:
                if sequence.domain in payload["all_sans"]:
                    events[sequence.name].append((payload["severity"], payload["known_by"], payload["reason"]))
        return events

    def expected(sequence):
        return len(sequence.events) if sequence.events else 1

    def complete():
        events = found()
        return all(len(events[sequence.name]) >= expected(sequence) for sequence in played)

    try:
        waiting.until(complete, "all events", timeout=40)
    except waiting.Expired:
        pass  # told below, sequence by sequence
    before = len(env.webhook.requests)
    waiting.stays(lambda: len(env.webhook.requests) == before, "no more events", seconds=_GRACE + 3)
    events, wrong = found(), []
    for sequence in played:
        got = events[sequence.name]
        if sequence.events is None:  # ours, by whatever way: one event, info
            good = len(got) == 1 and got[0][0] == "info"
        else:
            good = sorted(map(str, got)) == sorted(map(str, sequence.events))
        if not good:
            wrong.append(f"{sequence.name}: {got} instead of {sequence.events or 'one info'}")
    assert not wrong, f"{len(wrong)} of {len(played)} sequences: " + "; ".join(wrong)
