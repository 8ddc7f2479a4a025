"""A private PostgreSQL in a temporary folder, on a unix socket and a TCP port of 127.0.0.1.

By hand:  python3 -m e2e.harness.postgres            starts one with the schema, prints its DSN, Ctrl-C ends it
          e2e/with_postgres COMMAND…                 runs a command with CERTWATCH_TEST_DSN set
"""

import argparse
import contextlib
import glob
import json
import os
import pathlib
import pwd
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from e2e.harness import waiting
from e2e.harness.proxy import Proxy

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "schema.sql"

_TEMPLATE = "certwatch_template"
_ROLE = "certwatch"  # what the service connects as: only what it needs, so that every scenario shows that it is enough
_OWNER = "owner"  # superuser: the harness itself, and tests that make databases

_SETTINGS = {
    # A crash of the machine is not among what is tested, so nothing needs to reach the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "max_connections": "300",
    "autovacuum": "off",
    "logging_collector": "off",
    "log_line_prefix": "'%m [%p] %d '",
    "timezone": "'UTC'",
}

GRANTS = [
    f"GRANT USAGE ON SCHEMA public TO {_ROLE}",
    f"GRANT SELECT ON public.intent_current, public.certs TO {_ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON public.alerts, public.alert_deliveries, public.certwatch_destinations"
    f" TO {_ROLE}",
    f"GRANT USAGE, SELECT ON SEQUENCE public.alerts_id_seq TO {_ROLE}",
]


def literal(value):
    """A Python value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, dict)):
        return literal(json.dumps(value)) + "::jsonb"
    return "'" + str(value).replace("'", "''") + "'"


def program(name):
    """Path of one of PostgreSQL's programs, the newest version of Debian's packages first."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which(name)
    if path is None:
        raise RuntimeError(f"{name} not found: install postgresql")
    return path


def _account():
    """Whom to run the server as: it refuses to be root. None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is neither postgres nor nobody")


class SqlError(Exception):
    """What the server said; .state is the SQLSTATE."""

    def __init__(self, state, message):
        super().__init__(f"{state}: {message}")
        self.state = state


class Session:
    """One psql process kept open: a query costs a millisecond, and a transaction can be held open over a while."""

    def __init__(self, database):
        self._database = database
        self._lock = threading.Lock()
        self._mark = secrets.token_hex(8)
        self._start()

    def _start(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        environment["PGCONNECT_TIMEOUT"] = "20"
        self._process = subprocess.Popen(
            [program("psql"), "-XAtq", "-v", "VERBOSITY=terse", self._database.admin_dsn],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        threading.Thread(target=self._discard, args=(self._process.stderr,), daemon=True).start()

    def _discard(self, stream):
        for line in stream:
            self._last_error = line.strip()

    def run(self, text):
        """Runs one statement; returns its output lines. Raises SqlError."""
        with self._lock:
            try:
                self._process.stdin.write(f"{text.strip().rstrip(';')}\n;\n")
                self._process.stdin.write(f"\\echo {self._mark} :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n")
                self._process.stdin.flush()
            except OSError as error:
                raise SqlError("08006", f"psql ended: {error}") from error
            lines = []
            for line in self._process.stdout:
                line = line.rstrip("\n")
                if line.startswith(self._mark):
                    _, failed, state, message = line.split(" ", 3)
                    if failed == "true":
                        raise SqlError(state, message)
                    return lines
                lines.append(line)
            raise SqlError("08006", getattr(self, "_last_error", "psql ended"))

    def close(self):
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


class Database:
    """One database. `.dsn` is what the service is given; `.sql` looks and changes as its owner."""

    remedy = "schema.sql"  # what the service advises where a table is missing

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self._session = None
        self._lock = threading.Lock()

    @property
    def variables(self):
        """What certwatch needs to use it."""
        return {"POSTGRES_DSN": self.dsn}

    @property
    def dsn(self):
        return self.dsn_through(self.server.port)

    def dsn_through(self, port):
        """The DSN with another port: that of a proxy in between."""
        return f"postgresql://{_ROLE}:{self.server.password}@127.0.0.1:{port}/{self.name}"

    @property
    def owner_dsn(self):
        """A URI for a superuser over TCP."""
        return f"postgresql://{_OWNER}:{self.server.owner_password}@127.0.0.1:{self.server.port}/{self.name}"

    @property
    def admin_dsn(self):
        return f"host={self.server.folder} port={self.server.port} user={_OWNER} dbname={self.name}"

    def session(self):
        """A session of its own, for transactions that stay open."""
        return Session(self)

    def execute(self, text):
        """Runs a statement, returns its output lines."""
        with self._lock:
            if self._session is None:
                self._session = Session(self)
            try:
                return self._session.run(text)
            except SqlError as error:
                if not error.state.startswith(("08", "57P")):
                    raise
                self._session.close()
                self._session = None
                raise

    def sql(self, text, rows=True):
        """The rows of a query as a list of dicts; rows=False runs any other statement."""
        if not rows:
            return self.execute(text)
        query = text.strip().rstrip(";")
        return json.loads("\n".join(self.execute(f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) AS t")))

    def value(self, text):
        """The one value of a query with one row and one column."""
        (row,) = self.sql(text)
        (value,) = row.values()
        return value

    def insert(self, table, *rows):
        """Inserts dicts."""
        for row in rows:
            columns = ", ".join(row)
            values = ", ".join(literal(value) for value in row.values())
            self.execute(f"INSERT INTO public.{table} ({columns}) VALUES ({values})")

    def let_pass(self, seconds, *columns, where="true"):
        """Moves times of alerts into the past."""
        changes = ", ".join(f"{column} = {column} - interval '{seconds} seconds'" for column in columns)
        self.execute(f"UPDATE public.alerts SET {changes} WHERE {where}")

    def seconds_until(self, column, where, table="alerts"):
        """From now to a time of one row."""
        return self.value(f"SELECT extract(epoch FROM {column} - now()) AS s FROM public.{table} WHERE {where}")

    def hide(self, table):
        """The service cannot read it any more."""
        self.execute(f"REVOKE SELECT ON public.{table} FROM {_ROLE}")

    def show(self, table):
        self.execute(f"GRANT SELECT ON public.{table} TO {_ROLE}")

    @contextlib.contextmanager
    def locked_alerts(self):
        """Nobody else gets at the alerts."""
        with contextlib.closing(self.session()) as holder:
            holder.run("BEGIN")
            holder.run("LOCK TABLE public.alerts IN ACCESS EXCLUSIVE MODE")
            yield
            holder.run("COMMIT")

    @contextlib.contextmanager
    def locked_row(self, number):
        """Somebody keeps one alert locked."""
        with contextlib.closing(self.session()) as holder:
            holder.run("BEGIN")
            holder.run(f"SELECT id FROM public.alerts WHERE id = {number} FOR UPDATE")
            yield
            holder.run("COMMIT")

    def outage(self):
        """A way to take it away and give it back."""
        return Outage(self)

    def complaints(self):
        """What no run may leave behind."""
        return []

    def load(self, path):
        """Runs a file of SQL, as an operator would: psql -v ON_ERROR_STOP=1 -f."""
        done = subprocess.run(
            [program("psql"), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", str(path), self.admin_dsn],
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise SqlError("psql", done.stderr.strip())
        return done.stderr

    def close(self):
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None


class Outage:
    """A network that fails: connections end, new ones are refused. `.variables` lead through it for the service."""

    def __init__(self, database):
        self.proxy = Proxy(database.server.port)
        self.variables = {"POSTGRES_DSN": database.dsn_through(self.proxy.port)}

    def begin(self):
        self.proxy.refuse()
        self.proxy.cut()

    def end(self):
        self.proxy.listen()

    def close(self):
        self.proxy.close()


class Server:
    """A cluster of its own. Start it from the main thread: it dies with the thread that started it."""

    def __init__(self, folder=None):
        self._account = _account()
        self._own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="certwatch-postgres-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.port = waiting.free_port()
        self.password = secrets.token_hex(12)
        self.owner_password = secrets.token_hex(12)
        self._process = None
        self._initialise()

    def _run_as(self, command, *options):
        """The command under setpriv: as the account, and with its options. setpriv keeps the process id."""
        if self._account is not None:
            ids = [f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups"]
            return ["setpriv", *ids, *options, "--", *command]
        return ["setpriv", *options, "--", *command] if options else command

    def _initialise(self):
        os.chmod(self.folder, 0o755)
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        done = subprocess.run(
            self._run_as([program("initdb"), "-D", str(self._data), "-U", _OWNER, "-A", "trust", "-E", "UTF8",
                          "--locale=C.UTF-8", "--no-sync", "--no-instructions"]),
            capture_output=True, text=True, cwd=self.folder,
        )
        if done.returncode != 0:
            raise RuntimeError(f"initdb: {done.stderr.strip()}")
        with open(self._data / "postgresql.conf", "a") as config:
            config.writelines(f"{key} = {value}\n" for key, value in _SETTINGS.items())
            config.write(f"listen_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\n")
        with open(self._data / "pg_hba.conf", "w") as access:
            access.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")

    def start(self, wait=True):
        command = [program("postgres"), "-D", str(self._data), "-p", str(self.port)]
        command = self._run_as(command, "--pdeathsig=INT")
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        if wait:
            self.wait_up()
        return self

    def wait_up(self):
        ready = [program("pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port)]

        def up():
            if self._process.poll() is not None:
                # After a kill -9 the old children may still hold the shared memory: they leave by themselves.
                time.sleep(0.2)
                self.start(wait=False)
            return subprocess.run(ready).returncode == 0

        waiting.until(up, lambda: "PostgreSQL up: " + self.log.read_text()[-2000:], interval=0.1)

    def stop(self, mode="fast"):
        """mode "smart" waits for clients, "fast" ends their sessions, "immediate" is a crash."""
        if self._process is None or self._process.poll() is not None:
            return
        sent = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        self._process.send_signal(sent)
        self._process.wait(waiting.GENEROUS)

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def kill9(self):
        self._process.kill()
        self._process.wait()

    def close(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop("immediate")
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # Databases

    def maintenance(self):
        return Database(self, "postgres")

    def prepare(self, schema=SCHEMA):
        """The roles, and a template database with the schema (a path, or None) and the service's grants."""
        with contextlib.closing(self.maintenance()) as maintenance:
            maintenance.execute(f"CREATE ROLE {_ROLE} LOGIN PASSWORD '{self.password}'")
            maintenance.execute(f"ALTER ROLE {_OWNER} PASSWORD '{self.owner_password}'")
            maintenance.execute(f"CREATE DATABASE {_TEMPLATE}")
        if schema is not None:
            with contextlib.closing(Database(self, _TEMPLATE)) as template:
                template.load(schema)
                for statement in GRANTS:
                    template.execute(statement)
        return self

    def fresh_database(self, name=None, template=_TEMPLATE):
        """A new database with the schema; template="template1" gives an empty one."""
        name = name or "test_" + secrets.token_hex(6)

        def create():
            with contextlib.closing(self.maintenance()) as maintenance:
                try:
                    maintenance.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
                except SqlError as error:
                    if error.state != "55006":  # somebody else is copying the template
                        raise
                    return False
            return True

        waiting.until(create, "the template database to be free", interval=0.2)
        return Database(self, name)

    # For another process of the same run

    def address(self):
        return {"folder": str(self.folder), "port": self.port, "password": self.password,
                "owner_password": self.owner_password}


class RunningServer(Server):
    """A server that another process has started; its address() is all that is needed."""

    def __init__(self, address):  # deliberately no Server.__init__: nothing is to be made
        self.folder = pathlib.Path(address["folder"])
        self.port = address["port"]
        self.password = address["password"]
        self.owner_password = address["owner_password"]
        self.log = self.folder / "postgres.log"


def with_postgres(command):
    """Runs `command` with CERTWATCH_TEST_DSN, the URI of a database whose user may create others; its exit code."""
    if os.environ.get("CERTWATCH_TEST_DSN"):
        os.execvp(command[0], command)
    server = Server()
    child = None

    def end(number, _):
        if child is not None and child.poll() is None:
            child.send_signal(number)
        else:
            sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    try:
        server.start()
        server.prepare(schema=None)
        database = server.fresh_database("certwatch_test", template="template1")
        child = subprocess.Popen(command, env={**os.environ, "CERTWATCH_TEST_DSN": database.owner_dsn})
        code = child.wait()
        return code if code >= 0 else 128 - code
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 127
    finally:
        server.close()


def main():
    parser = argparse.ArgumentParser(description="A private PostgreSQL with certwatch's schema, until Ctrl-C.")
    parser.add_argument("--schema", default=SCHEMA, help="file to apply (default: the repository's schema.sql)")
    parser.add_argument("--watch", metavar="DOMAIN", action="append", default=[], help="put into intent_current")
    arguments = parser.parse_args()
    server = Server()
    ended = queue.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.put(True))
    try:
        server.start()
        server.prepare(arguments.schema)
        database = server.fresh_database("certwatch")
        for domain in arguments.watch:
            database.insert("intent_current", {"fqdn": domain})
        print(f"POSTGRES_DSN={database.dsn}")
        print(f"psql '{database.admin_dsn}'", flush=True)
        while ended.empty():
            time.sleep(0.2)
    finally:
        server.close()


if __name__ == "__main__":
    main()
