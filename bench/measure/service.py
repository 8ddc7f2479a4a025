"""The service under measurement, with its database."""

import tempfile

from e2e.harness import postgres, waiting
from e2e.harness.certwatch import Certwatch

WATCHED = "hit.test"  # bench_feed's default: where its hits lie

# Registered domains, and hosts below every other one. Hexadecimal digits of a hash: no two are the same, and none is
# one of the feed's.
_FILL = """
INSERT INTO public.intent_current (fqdn)
SELECT CASE WHEN i % 2 = 0 THEN domain ELSE 'www.' || domain END
FROM (SELECT i, left(md5((i / 2)::text), 11 + (i / 2) % 6) || (ARRAY['.com', '.org', '.net', '.de', '.co.uk'])[1 + (i / 2) % 5]
             AS domain
      FROM generate_series(2, {count}) AS i) AS names
"""


def start_postgres():
    """A private cluster that tells when each transaction was committed."""
    server = postgres.Server()
    server.start()
    server.prepare()
    maintenance = server.maintenance()
    maintenance.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    maintenance.execute("ALTER SYSTEM SET shared_buffers = '128MB'")
    maintenance.close()
    server.restart()
    return server


class Service:
    """One process with a database of its own, connected to `feed`, its watch list loaded."""

    def __init__(self, server, feed, entries, processors, name, wait=True, database=None, **variables):
        self.feed = feed
        self.entries = entries
        self.database = database or filled_database(server, entries)
        self._folder = tempfile.TemporaryDirectory(prefix="certwatch-bench-")
        settings = {
            "POSTGRES_DSN": self.database.dsn,
            "CERTSTREAM_URL": feed.url,
            "API_PORT": waiting.free_port(),
            "WATCH_REFRESH_INTERVAL_S": 3600,
            "SUSPICIOUS_GRACE_S": 3600,
            "LOG_LEVEL": "INFO",
            **variables,
        }
        with processors.measured():
            self.process = Certwatch(settings, f"{self._folder.name}/{name}.log")
        self.pid = self.process.pid
        if wait:
            self.wait_connected()

    ends = False

    def wait_connected(self):
        self.process.wait_alive()
        self.feed.wait("connected")
        watched = self.process.metric("certwatch_watch_entries")
        assert watched == self.entries, f"{watched:g} entries are watched, not {self.entries}"

    def messages_read(self):
        return self.process.metric("certwatch_ct_messages_total")

    def dropped(self):
        return self.process.metric("certwatch_dropped_matches_total")

    def wait_rows(self, count, where="true", timeout=120):
        """Until the database has so many alerts."""
        waiting.until(lambda: self.rows(where) >= count, lambda: f"{count} rows (there are {self.rows(where)})", timeout, 0.02)

    def rows(self, where="true"):
        return int(self.database.execute(f"SELECT count(*) FROM public.alerts WHERE {where}")[0])

    def close(self):
        if self.process.running:
            self.process.terminate()
        found = self.process.complaints()
        assert not found, found
        self.database.close()
        self._folder.cleanup()


def filled_database(server, entries):
    database = server.fresh_database()
    database.execute(_FILL.format(count=entries))
    database.insert("intent_current", {"fqdn": WATCHED})
    return database
