"""What one scenario has: its own database, feed, webhook and certwatch processes, all made when first asked for."""

import functools
import http.client
import pathlib
import secrets

from e2e.harness import messages, postgres, sqlite, tls, waiting
from e2e.harness.certwatch import Certwatch
from e2e.harness.feed import Feed
from e2e.harness.messages import Certificate
from e2e.harness.proxy import Proxy
from e2e.harness.webhook import Webhook


class Skip(Exception):
    """Raised by a scenario that cannot run here; its text says why."""


class Environment:
    """Given to a scenario. At the end `finish` looks at what no scenario may leave behind.

    .secrets             strings that must stand nowhere in logs and pages; add to it
    .drops_expected      set where certwatch_dropped_matches_total may be above 0
    .powerless           set where certwatch is to run without capabilities, bound by permissions even as root
    .most_threads        set where certwatch may have so many threads at once only
    .other_files         what certwatch is to see in the place of files, {path: path of another}; takes root and unshare
    .without_descriptors set where certwatch is to start with standard input, output and error closed
    """

    def __init__(self, folder, cluster):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._cluster = cluster  # None: databases are embedded ones
        self._closing = []
        self.processes = []
        self.secrets = []
        self.drops_expected = False
        self.powerless = False
        self.most_threads = None
        self.other_files = None
        self.without_descriptors = False

    # The world

    @functools.cached_property
    def database(self):
        """A fresh database of the shared cluster, or a fresh file."""
        if self._cluster is None:
            return self.keep(sqlite.Database.fresh(self.folder / "embedded" / "certwatch.db"))
        self.secrets.append(self._cluster.password)
        return self.keep(self._cluster.fresh_database())

    def use_database(self, database):
        """Before anything else: .database is this one."""
        if self._cluster is not None:
            self.secrets.append(self._cluster.password)
        self.__dict__["database"] = self.keep(database)

    def empty_database(self, encoding=None):
        """A database without any table."""
        if encoding is None:
            return self._cluster.fresh_database(template="template1")
        return self._cluster.fresh_database(template=f"template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")

    def use_own_cluster(self):
        """Before anything else: .database is in a cluster of its own, which the scenario may stop. Returns it."""
        server = self.keep(postgres.Server(self.folder / "postgres"))
        self._cluster = server.start().prepare()
        return server

    @functools.cached_property
    def feed(self):
        return self.another_feed()

    def another_feed(self, **options):
        return self.keep(Feed(**options))

    @functools.cached_property
    def webhook(self):
        """Its path and query hold secrets, as n8n's do."""
        return self.another_webhook()

    def another_webhook(self, **options):
        token = secrets.token_hex(16)
        key = secrets.token_hex(16)
        self.secrets += [token, key]
        return self.keep(Webhook(path=f"/hook/{token}?key={key}", **options))

    @functools.cached_property
    def authority(self):
        return tls.Authority(self.folder / "tls")

    def outage(self):
        """A way to take the database away: .begin() and .end(), and .variables that certwatch is to be started with."""
        return self.keep(self.database.outage())

    def proxy(self, port):
        return self.keep(Proxy(port))

    def keep(self, thing):
        """Closes it when the scenario is over, whatever came of it; returns it."""
        self._closing.append(thing)
        return thing

    # The service

    def settings(self, **variables):
        """The environment certwatch gets: these variables over the usual ones; None takes one away."""
        usual = {
            "API_HOST": "127.0.0.1",
            "API_PORT": waiting.free_port(),
            "SUSPICIOUS_GRACE_S": 1,
            "LOG_LEVEL": "DEBUG",
        }
        if not variables.keys() & {"POSTGRES_DSN", "POSTGRES_DSN_FILE", "SQLITE_PATH"}:
            usual.update(self.database.variables)
        if "CERTSTREAM_URL" not in variables:
            usual["CERTSTREAM_URL"] = self.feed.url
        if "WEBHOOK_URL" not in variables and "WEBHOOK_URL_FILE" not in variables:
            usual["WEBHOOK_URL"] = self.webhook.url
        usual.update(variables)
        return usual

    def launch(self, arguments=(), stderr=None, **variables):
        """Starts certwatch and does not wait. `stderr`: a descriptor instead of the log file."""
        settings = self.settings(**variables)
        log = self.folder / f"certwatch-{len(self.processes) + 1}.log"
        process = Certwatch(settings, log, arguments, powerless=self.powerless, stderr=stderr,
                            most_threads=self.most_threads,
                            without_descriptors=self.without_descriptors,
                            other_files=self.other_files)
        process.settings = settings
        self.processes.append(process)
        return process

    def start(self, feeds=None, **variables):
        """Starts certwatch and waits until it has connected to every feed (the scenario's own by default)."""
        if feeds is None:
            feeds = [] if "CERTSTREAM_URL" in variables else [self.feed]
        before = [len(feed.connections) for feed in feeds]
        process = self.launch(**variables)
        process.wait_alive()
        for feed, count in zip(feeds, before):
            feed.wait_for_client(count + 1)
        return process

    def start_again(self, process, feeds=None, **variables):
        """Starts another process with the settings of an earlier one, as a supervisor would."""
        settings = dict(process.settings, API_PORT=waiting.free_port(), **variables)
        return self.start(feeds=[self.feed] if feeds is None else feeds, **settings)

    def run_to_end(self, timeout=waiting.GENEROUS, arguments=(), **variables):
        """Starts certwatch where it is expected to end by itself: (exit code, its output)."""
        process = self.launch(arguments, **variables)
        code = process.wait_exit(timeout)
        process.expected_exit = code
        return code, process.log

    # The database

    def watch(self, *domains):
        self.database.insert("intent_current", *({"fqdn": domain} for domain in domains))

    def own(self, *certificates, **change):
        """Puts certificates into the inventory."""
        self.database.insert("certs", *(certificate.inventory_row(**change) for certificate in certificates))

    def alerts(self, where="true"):
        """The alerts on record, oldest first."""
        return self.database.sql(f"SELECT * FROM public.alerts WHERE {where} ORDER BY id")

    def wait_alerts(self, count, where="true", timeout=waiting.GENEROUS):
        """Waits until so many alerts are on record; returns them."""
        query = f"SELECT count(*) AS n FROM public.alerts WHERE {where}"
        waiting.until(
            lambda: self.database.value(query) >= count,
            lambda: f"{count} alerts where {where}: {self.database.value(query)}, of {self._overview()}",
            timeout,
        )
        return self.alerts(where)

    def deliveries(self, where="true"):
        """The deliveries on record, oldest first; `alert` is the number of the alert."""
        return self.database.sql(f"SELECT * FROM public.alert_deliveries WHERE {where} ORDER BY id")

    def wait_deliveries(self, count, where="true", timeout=waiting.GENEROUS):
        """Waits until so many deliveries are on record; returns them."""
        query = f"SELECT count(*) AS n FROM public.alert_deliveries WHERE {where}"
        waiting.until(
            lambda: self.database.value(query) >= count,
            lambda: f"{count} deliveries where {where}: {self.database.value(query)}, of {self.deliveries()[:10]}",
            timeout,
        )
        return self.deliveries(where)

    def wait_settled(self, count, timeout=waiting.GENEROUS):
        """Waits until `count` alerts are on record and all of them have a verdict and are delivered."""
        where = "delivered AND severity <> 'pending'"
        self.wait_alerts(count, where, timeout)
        rows = self.alerts()
        assert len(rows) == count, f"{len(rows)} alerts instead of {count}: {self._overview()}"
        return rows

    def _overview(self):
        rows = self.database.sql("SELECT id, fingerprint, matched, severity, delivered FROM public.alerts ORDER BY id")
        return f"{len(rows)}: {rows[:10]}"

    def barrier(self, process=None, domain=None):
        """Sends a certificate of our own through the feed and waits until it is on record.

        What was sent before it has then been read and judged: only so can a scenario say that nothing came of it.
        The certificate's name must be watched; the first entry of the watch list is taken by default.
        """
        domain = domain or self.database.value("SELECT min(fqdn) AS f FROM public.intent_current WHERE fqdn NOT LIKE '%*%'")
        certificate = Certificate(f"barrier-{secrets.token_hex(4)}.{domain}")
        self.own(certificate)
        self.feed.send(certificate.message())
        self.wait_alerts(1, f"fingerprint = '{certificate.fingerprint()}' AND severity = 'info'")
        return certificate

    def nothing_more(self, count, seconds=3):
        """The webhook has had exactly `count` requests, and gets no more for some seconds."""

        def what():
            return f"{len(self.webhook.requests)} webhook requests instead of {count}"

        assert len(self.webhook.requests) == count, what()
        waiting.stays(lambda: len(self.webhook.requests) == count, what, seconds)

    # The end

    def finish(self):
        """Ends everything; returns what was found wrong."""
        found = []
        for process in self.processes:
            found += [f"{process.log_path.name}: {what}" for what in self._end(process)]
        if "database" in self.__dict__:
            found += self.database.complaints()
        return found

    def _end(self, process):
        found = []
        if process.running:
            texts = []
            try:
                for page in ("/healthz", "/readyz", "/metrics"):
                    texts.append(process.get(page)[1])
                dropped = process.metric("certwatch_dropped_matches_total")
                if dropped and not self.drops_expected:
                    found.append(f"{dropped:g} matches dropped")
            except (OSError, http.client.HTTPException) as error:
                found.append(f"pages: {error!r}")
            found += self._leaks(process, "pages", "\n".join(texts))
            code = process.terminate()
            if code != process.expected_exit:
                found.append(f"exit code {code} after SIGTERM, not {process.expected_exit}")
        found += process.complaints()
        found += self._leaks(process, "log", process.log)
        return found

    def _leaks(self, process, where, text):
        return [f"secret in {where}: …{text[max(0, text.find(one) - 60) : text.find(one) + 20]}…"
                for one in self.secrets if one in text]

    def close(self):
        for process in self.processes:
            if process.running:
                process.kill9()
        for thing in reversed(self._closing):
            thing.close()


__all__ = ["Environment", "Skip", "Certificate", "messages"]
