"""What certwatch adds: from message to row, and from row to the webhook's first byte, for certificates that are known.

Beside it, in the same seconds and at the same rate, one bare INSERT (pgbench, prepared, a row and indexes as those of
alerts) and one bare POST (a kept connection, the same receiver).
"""

import http.client
import pathlib
import subprocess
import tempfile
import threading
import time

from bench.measure import machine
from bench.measure.programs import Feed
from bench.measure.receiver import Receiver
from bench.measure.service import Service
from e2e.harness import postgres

# An UPDATE of a row hides when it was inserted: a second table remembers, for both kinds of INSERT alike.
_TABLES = """
CREATE TABLE public.bench_recorded (fingerprint TEXT);
CREATE TABLE public.bench_alerts (LIKE public.alerts INCLUDING ALL);
CREATE FUNCTION public.bench_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.bench_recorded VALUES (NEW.fingerprint);
  RETURN NULL;
END $$;
CREATE TRIGGER bench_record AFTER INSERT ON public.alerts FOR EACH ROW EXECUTE FUNCTION public.bench_record();
CREATE TRIGGER bench_record AFTER INSERT ON public.bench_alerts FOR EACH ROW EXECUTE FUNCTION public.bench_record()
"""
_INSERT = """
\\set number random(1, 2000000000)
INSERT INTO public.bench_alerts (event_id, fingerprint, fingerprints, tbs_sha256, issuance_key, sans, matched, issuer, seen_at,
  severity, payload, recorded_at, decided_at)
VALUES (gen_random_uuid(), 'bare', ARRAY[md5(:number::text)], md5(:number::text), md5(:number::text),
  '["www.example.org", "example.org"]', '["example.org"]', 'C=NL, O=Example', 1779299380, 'info', repeat('x', 1000), now(),
  now());
"""
_GRACE_FOR_LAST = 10  # seconds for what was sent last to arrive


def measure(seconds, rate, known_percent, entries, processors, server, say):
    say(f"delay at {rate} messages/s for {seconds} s, {known_percent} % known certificates")
    count = seconds * rate
    known = int(count * known_percent / 100)
    feed = Feed()
    receiver = Receiver()
    service = Service(server, feed, entries, processors, "delay", WEBHOOK_URL=receiver.url, SUSPICIOUS_GRACE_S=10)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(pathlib.Path(folder), service, receiver, count, rate, known, known_percent)
    finally:
        service.close()
        feed.close()
        receiver.close()


def _measure(folder, service, receiver, count, rate, known, known_percent):
    database, feed = service.database, service.feed
    feed.prepare(known, folder / "known.tsv")
    copy = f"\\copy public.certs (fingerprint_sha1, serial, sans, not_before, not_after, source, added_at) from '{folder}/known.tsv'"
    (folder / "prepare.sql").write_text(_TABLES + ";\n" + copy + "\n")
    database.load(folder / "prepare.sql")
    (folder / "insert.sql").write_text(_INSERT)

    bare_rate = known * rate / count
    feed.play(rate, 0, rate)  # a second of warming up
    processor = machine.processor_seconds(service.pid)
    inserts = subprocess.Popen(
        [postgres.program("pgbench"), "-n", "-M", "prepared", "-f", str(folder / "insert.sql"), "-R", f"{bare_rate:g}",
         "-T", str(count // rate), "-l", "--log-prefix", str(folder / "insert"), database.owner_dsn],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    posts = _Posts(receiver, bare_rate, count // rate)
    feed.play(count, known_percent, rate, file=folder / "hits.tsv")
    processor = machine.processor_seconds(service.pid) - processor
    posts.wait()
    inserts.wait()
    _wait_for(receiver, known)

    sent = dict(line.split("\t") for line in (folder / "hits.tsv").read_text().splitlines())
    recorded = dict(
        line.split("|")
        for line in database.execute("SELECT fingerprint, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
                                     " FROM public.bench_recorded WHERE fingerprint <> 'bare'")
    )  # fmt: skip
    arrived = receiver.arrivals()
    assert service.dropped() == 0, "matches were dropped"
    assert sent.keys() <= recorded.keys() and sent.keys() <= arrived.keys(), "not every known certificate arrived"
    to_row = [float(recorded[one]) - float(at) for one, at in sent.items()]
    to_webhook = [arrived[one] - float(recorded[one]) for one in sent]
    insert = [_pgbench_seconds(line) for log in folder.glob("insert.*") if log.suffix != ".sql"
              for line in log.read_text().splitlines()]  # fmt: skip
    post = [arrived[name] - at for name, at in posts.sent.items()]
    return {
        "rate": rate,
        "known": len(sent),
        "processor_percent": 100 * processor * rate / count,
        "message_to_row_ms": _spread(to_row),
        "bare_insert_ms": _spread(insert),
        "row_to_webhook_ms": _spread(to_webhook),
        "bare_post_ms": _spread(post),
        "added_to_insert_p99_ms": 1e3 * (machine.percentile(to_row, 99) - machine.percentile(insert, 99)),
        "added_to_post_p99_ms": 1e3 * (machine.percentile(to_webhook, 99) - machine.percentile(post, 99)),
    }


def _wait_for(receiver, known):
    deadline = time.monotonic() + _GRACE_FOR_LAST
    while time.monotonic() < deadline:
        if sum(not name.startswith("bare-") for name in receiver.arrivals()) >= known:
            return
        time.sleep(0.1)


def _pgbench_seconds(line):
    """Of one transaction: with a rate, the time counts from when it was due, and the last field is how late it began."""
    fields = line.split()
    return (int(fields[2]) - int(fields[6])) / 1e6


def _spread(seconds):
    return {f"p{percent}": 1e3 * machine.percentile(seconds, percent) for percent in (50, 90, 99, 100)}


class _Posts:
    """Bare POSTs at a steady rate, from a thread."""

    _BODY = b'{"' + b"x" * 1500 + b'":0}'

    def __init__(self, receiver, rate, seconds):
        self.sent = {}
        self._thread = threading.Thread(target=self._run, args=(receiver.port, rate, seconds))
        self._thread.start()

    def _run(self, port, rate, seconds):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        begin = time.monotonic()
        for number in range(int(rate * seconds)):
            time.sleep(max(0, begin + number / rate - time.monotonic()))
            name = f"bare-{number}"
            self.sent[name] = time.time()
            connection.request("POST", "/bare", self._BODY, {"Content-Type": "application/json", "X-Name": name})
            connection.getresponse().read()
        connection.close()

    def wait(self):
        self._thread.join()
